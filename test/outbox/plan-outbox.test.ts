import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CaptureTensor } from "../../src/core/window-capture.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { planOutbox } from "../../src/outbox/plan-outbox.ts";
import { sampleCapture, sampleEvent } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";

const PER_MINUTE = 10;

function capture(number: number, frames: number, tags: readonly string[]) {
  const cells = Buffer.from(new Float32Array(frames * tags.length).fill(number / 7).buffer);
  const tensor = (name: string): CaptureTensor => ({
    name,
    dataType: "FLOAT32",
    shape: [frames, tags.length],
    data: cells.toString("base64"),
  });
  return sampleCapture({
    id: `gateway-1/pump-1/${"0".repeat(12)}/capture/${1_700_000_000_000 + number}`,
    tags,
    inputs: [tensor("window")],
    outputs: [tensor("reconstruction")],
    auxiliary: [tensor("normalized")],
    contributions: tags.map((tag) => ({
      tag,
      share: 0.123456789,
      actual: 61.87654321,
      expected: 62.12345678,
    })),
  });
}

function event(number: number, tags: readonly string[]) {
  return sampleEvent({
    id: `gateway-1/pump-1/${"0".repeat(12)}/${1_700_000_000_000 + number}`,
    phase: "closed",
    contributions: tags.map((tag) => ({
      tag,
      share: 0.123456789,
      actual: 61.87654321,
      expected: 62.12345678,
    })),
    readings: tags.map((tag) => ({
      tag,
      timeMs: 1_700_000_003_000,
      value: 61.87654321,
      quality: "good",
    })),
  });
}

/** Fills an outbox with what comes in an outage, and says how large the file is. */
async function filledBytes(
  minutes: number,
  frames: number,
  tags: readonly string[],
): Promise<number> {
  const path = join(tempFolder(), "outbox.db");
  const outbox = openOutbox(path);
  const queue = outbox.queue("cloud");
  for (let minute = 0; minute < minutes; minute++) {
    const numbers = Array.from({ length: PER_MINUTE }, (_, index) => minute * PER_MINUTE + index);
    await queue.append(numbers.flatMap((n) => [event(n, tags), capture(n, frames, tags)]));
  }
  await outbox.close();
  return statSync(path).size;
}

describe("the plan of an outbox", () => {
  it.each([
    { frames: 16, count: 4, minutes: 120 },
    { frames: 30, count: 10, minutes: 60 },
    { frames: 64, count: 20, minutes: 60 },
    { frames: 128, count: 40, minutes: 20 },
  ])(
    "is what a file takes after an outage, with windows of $frames × $count",
    async ({ frames, count, minutes }) => {
      const tags = Array.from({ length: count }, (_, index) => `line1.pump.sensor${index}`);
      const bytes = await filledBytes(minutes, frames, tags);
      const plan = planOutbox({
        eventsPerMinute: PER_MINUTE,
        capturesPerMinute: PER_MINUTE,
        windowCells: frames * count,
        tags: count,
        outageHours: minutes / 60,
      });
      expect(plan.bytes / bytes).toBeGreaterThan(0.85);
      expect(plan.bytes / bytes).toBeLessThan(1.15);
    },
  );

  it("is what the page says", () => {
    const page = readFileSync(new URL("../../docs/outbox.md", import.meta.url), "utf8");
    const rows = page.match(/^\|[ \d.]+\|[ \d.]+\|[ \d]+×.*$/gm) ?? [];
    expect(rows).toHaveLength(4);
    for (const row of rows) {
      const [events = 0, captures = 0, frames = 0, tags = 0, ...megabytes] = (
        row.match(/[\d.]+/g) ?? []
      ).map(Number);
      const plan = (outageHours: number) =>
        planOutbox({
          eventsPerMinute: events,
          capturesPerMinute: captures,
          windowCells: frames * tags,
          tags,
          outageHours,
        });
      const bytes = [24, 72, 168].map((hours) => plan(hours).bytes);
      const expected = [...bytes, plan(1).flashBytesPerDay].map((size) => Math.round(size / 1e6));
      expect(megabytes).toEqual(expected);
    }
  });
});
