import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { planSampling } from "../../src/math/sampling-budget.ts";
import { captureBytes } from "../../src/truth/compose-capture.ts";

const page = readFileSync("docs/captures.md", "utf8");

it("docs/captures.md says what a capture costs and how many a budget of 10 MB a day buys", () => {
  const [, table = ""] = /^\| tags \| frames .*\n\|[- |]+\n((?:\|.*\n)+)/m.exec(page) ?? [];
  const rows = table.trim().split("\n");
  expect(rows.length).toBeGreaterThan(5);
  for (const row of rows) {
    const [tags = 0, windowLength = 0] = (row.match(/\d+/g) ?? []).map(Number);
    const origin = {
      gateway: "gateway-1",
      machine: "pump-1",
      model: { name: "pump", version: "1", sha256: "0".repeat(64) },
      periodMs: 1000,
      tags: Array.from({ length: tags }, (_, tag) => `line1.pump.tag${tag}`),
    };
    const bytes = captureBytes(origin, { windowLength });
    const { slotMs, perSlot } = planSampling(10_000_000 / bytes) ?? { slotMs: 0, perSlot: 0 };
    const hours = slotMs / 3_600_000;
    const cells = row.split("|").map((cell) => cell.trim());
    const said = [tags, windowLength, bytes, `${hours} h`, perSlot, (24 / hours) * perSlot];
    expect(cells.slice(1, -1)).toEqual(said.map(String));
  }
});
