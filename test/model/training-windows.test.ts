import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  framesNeeded,
  MIN_HELD_OUT_WINDOWS,
  splitWindows,
} from "../../src/model/training-windows.ts";
import { machineFrames } from "../machine-frames.ts";

const LENGTH = 4;
const rowsOf = (starts: Uint32Array): Set<number> =>
  new Set([...starts].flatMap((start) => Array.from({ length: LENGTH }, (_, row) => start + row)));
const allKnown = (count: number): boolean[] => new Array<boolean>(count).fill(true);

describe("splitWindows", () => {
  it("holds out about a quarter, in blocks of time that share no frame with the rest", () => {
    const frames = machineFrames(400);
    const { training, heldOut } = splitWindows(frames, LENGTH, allKnown(400));
    const [learnt, held] = [rowsOf(training), rowsOf(heldOut)];
    expect([...held].filter((row) => learnt.has(row))).toEqual([]);
    expect(held.size / 400).toBeCloseTo(0.25, 1);
    expect(Math.max(...learnt, ...held)).toBeLessThan(400);
  });

  it("leaves out windows over a gap on the grid or with an unknown cell", () => {
    const frames = machineFrames(200).filter((_, row) => row !== 40);
    const known = allKnown(199);
    known[100] = false;
    const { training, heldOut } = splitWindows(frames, LENGTH, known);
    for (const start of [...training, ...heldOut]) {
      const rows = frames.slice(start, start + LENGTH);
      expect((rows.at(-1)?.timeMs ?? 0) - (rows[0]?.timeMs ?? 0)).toBe((LENGTH - 1) * 1000);
      expect(start <= 100 && start + LENGTH > 100).toBe(false);
    }
  });

  it("has enough to hold out with the frames it asks for, or any more, and not with one frame less per block", () => {
    const heldOutOf = (count: number, length: number): number =>
      splitWindows(machineFrames(count), length, allKnown(count)).heldOut.length;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 0, max: 1500 }),
        (length, more) => {
          const needed = framesNeeded(length);
          expect(heldOutOf(needed + more, length)).toBeGreaterThanOrEqual(MIN_HELD_OUT_WINDOWS);
          expect(heldOutOf(needed - 4, length)).toBeLessThan(MIN_HELD_OUT_WINDOWS);
        },
      ),
    );
  });
});
