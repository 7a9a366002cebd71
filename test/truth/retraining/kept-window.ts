import type { KeptWindow } from "../../../src/truth/retraining/kept-windows.ts";

/** A window of four frames of one tag that ends so many seconds after the start. */
export function window(endS: number, changes: Partial<KeptWindow> = {}): KeptWindow {
  return {
    ...{
      id: `w${endS}`,
      machine: "m",
      reason: "random",
      inclusionProbability: 1,
      score: 0,
      periodMs: 1000,
      tags: ["flow"],
      length: 4,
    },
    model: { name: "m", version: "1", sha256: "0" },
    endMs: 1000 * endS,
    values: Float64Array.of(endS - 3, endS - 2, endS - 1, endS),
    ...{ coverage: 1, isAnomalous: false },
    ...changes,
  };
}
