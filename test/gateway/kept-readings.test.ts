import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Subject } from "rxjs";
import { expect, it } from "vitest";
import type { Reading } from "../../src/core/reading.ts";
import { machineTags } from "../machine-frames.ts";
import { gatewayOf, handSource, model } from "./machine-gateway.ts";

/** Readings of every kind, of which only weak references are kept. */
function pushAll(readings: Subject<Reading>): readonly WeakRef<Reading>[] {
  const kinds = [
    {},
    { quality: "uncertain" },
    { late: true },
    { quality: "bad", value: Number.NaN, statusCode: 7 },
  ] as const;
  return Array.from({ length: 400 }, (_, row) =>
    machineTags.map(({ name }, place) => {
      const plain = { tag: name, timeMs: 1_000 * row, value: row, quality: "good" } as const;
      const reading: Reading = { ...plain, ...kinds[(row + place) % kinds.length] };
      readings.next(reading);
      return new WeakRef(reading);
    }),
  ).flat();
}

it("holds on to no reading: one that outlives the collections of what is new is garbage that only a full one removes", async () => {
  const readings = new Subject<Reading>();
  const gateway = gatewayOf({
    sources: [handSource("plc", readings)],
    machines: [{ name: "pump-1", model, rollMs: 1e9 }],
  });
  await gateway.start();
  const pushed = pushAll(readings);
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await expect
    .poll(() => {
      collect();
      return pushed.filter((one) => one.deref() !== undefined).length;
    })
    .toBe(0);
  expect(gateway.health().counters.readings).toBe(pushed.length);
});
