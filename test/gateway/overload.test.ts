import { join } from "node:path";
import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Reading } from "../../src/core/reading.ts";
import type { Scorer } from "../../src/model/scorer.ts";
import { traceSource } from "../../src/sources/trace/trace-source.ts";
import { machineFrames } from "../machine-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { writeTrace } from "../trace-file.ts";
import { gatewayOf, handSource, model, readingsOf } from "./machine-gateway.ts";

/** The model, on a machine that is much too slow for it. */
const slow: Scorer = {
  ...model,
  async score(windows) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return model.score(windows);
  },
};
const FRAMES = 1_000;
const WINDOWS = FRAMES - 7;
const scoring = { maxBatch: 16, maxWaiting: 64 } as const;

/** Pushes a recording into a gateway, a few frames in each turn of the event loop. */
async function push(readings: Subject<Reading>): Promise<void> {
  for (const [place, one] of readingsOf(machineFrames(FRAMES)).entries()) {
    readings.next(one);
    if (place % 30 === 29) await new Promise(setImmediate);
  }
}

describe("a gateway whose model cannot keep up", () => {
  it.each(["widen-strides", "drop-oldest"] as const)(
    "bounds what waits by %s, and counts what it gives up",
    async (overload) => {
      const readings = new Subject<Reading>();
      const gateway = gatewayOf({
        sources: [handSource("plc", readings)],
        machines: [{ name: "pump-1", model: slow }],
        scoring: { ...scoring, overload },
      });
      const seen: number[] = [];
      const listening = gateway.scores.forEach(({ endMs }) => void seen.push(endMs));
      await gateway.start();
      await push(readings);
      const [health] = gateway.health().scoring;
      expect(health?.waiting).toBeLessThanOrEqual(64);
      expect(health).toMatchObject({ model: model.identity, thread: "main", streams: 1 });
      if (overload === "widen-strides") expect(health?.strideFactor).toBeGreaterThan(1);
      readings.complete();
      await gateway.done;
      await gateway.stop();
      await listening;
      const { counters } = gateway.health();
      expect(counters.windows).toBe(WINDOWS);
      expect(counters.drops.overload).toBeGreaterThan(100);
      expect(seen.length + counters.drops.overload).toBe(WINDOWS);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    },
  );

  it("holds a recording back, and loses nothing of it", async () => {
    const path = writeTrace(join(tempFolder(), "day.csv"), machineFrames(3_000));
    const gateway = gatewayOf({
      sources: [traceSource(path)],
      machines: [{ name: "pump-1", model: slow }],
      scoring: { maxBatch: 64, maxWaiting: 256 },
    });
    let most = 0;
    const seen: number[] = [];
    const listening = gateway.scores.forEach(({ endMs }) => {
      seen.push(endMs);
      most = Math.max(most, gateway.health().scoring[0]?.waiting ?? 0);
    });
    await gateway.start();
    await gateway.done;
    await gateway.stop();
    await listening;
    expect(seen.length).toBe(3_000 - 7);
    expect(gateway.health().counters.drops.overload).toBe(0);
    expect(most).toBeLessThanOrEqual(256 + 256); // the room, and one turn of the recording
  });

  it.each([
    [{ maxBatch: 0 }, /scoring: maxBatch must be a whole number from 1 on/],
    [{ overload: "panic" }, /scoring: overload must be one of widen-strides, drop-oldest, wait/],
    [{ threads: 4 }, /no option "threads"/],
  ])("refuses the option %o", (wrong, message) => {
    expect(() =>
      gatewayOf({ sources: [handSource("plc", new Subject())], scoring: wrong as never }),
    ).toThrow(message);
  });
});
