import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GatewayMessage } from "../../../src/core/gateway-message.ts";
import { sampleCapture, sampleLabel } from "../../../src/testing/sample-messages.ts";
import { exportDataset } from "../../../src/truth/dataset/export-dataset.ts";
import { tempFolder } from "../../temp-folder.ts";
import { captureOf, keptList } from "./kept-list.ts";

type Line = Record<string, string>;

/** Exports to CSV and reads it back. */
async function exported(messages: readonly GatewayMessage[]): Promise<readonly Line[]> {
  const out = join(tempFolder(), "data.csv");
  await exportDataset(keptList(messages), { out });
  return parse<Line>(readFileSync(out), { columns: true });
}

describe("exportDataset to CSV", () => {
  it("writes one line per frame, with its time and the facts of its window", async () => {
    const capture = sampleCapture({ inclusionProbability: 0.25 });
    const note = 'loose, "again"\nsee photo';
    const lines = await exported([capture, sampleLabel({ target: capture.id, note })]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ id: capture.id, weight: "4", label: "fault", note });
    expect(lines[0]).toMatchObject({ frame: "0", time_ms: "1700000003000", event_id: "" });
    expect(lines[1]).toMatchObject({
      frame: "1",
      time_ms: "1700000004000",
      "window:bearingTemperature": "62.3",
      "window:flow": "",
      "normalized:flow": "0",
      "reconstruction:flow": "-0.1",
    });
  });

  it("has a column for every tag of every machine, empty where a window has no such tag", async () => {
    const lines = await exported([
      sampleCapture({ tags: ["speed, rpm", "flow"] }),
      sampleCapture({ id: "b", tags: ["flow", "level"] }),
    ]);
    const windows = lines.map((line) =>
      ["window:speed, rpm", "window:flow", "window:level"].map((column) => line[column]),
    );
    expect(windows).toEqual([
      ["62.1", "14.8", ""],
      ["62.3", "", ""],
      ["", "62.1", "14.8"],
      ["", "62.3", ""],
    ]);
  });

  it("writes floats so that they read back as they were", async () => {
    const values = fc
      .float32Array({ minLength: 2, maxLength: 40, noNaN: true })
      .map((floats) => floats.subarray(0, floats.length - (floats.length % 2)));
    await fc.assert(
      fc.asyncProperty(values, async (window) => {
        const lines = await exported([captureOf({ window })]);
        const back = lines.flatMap((line) => [
          line["window:bearingTemperature"],
          line["window:flow"],
        ]);
        expect(Float32Array.from(back.map(Number))).toEqual(window);
      }),
      { numRuns: 50 },
    );
  });

  it("has a header where nothing was kept", async () => {
    const out = join(tempFolder(), "data.csv");
    await exportDataset(keptList([]), { out });
    expect(readFileSync(out, "utf8")).toMatch(/^id,gateway,machine,.*,frame,time_ms\n$/);
  });
});
