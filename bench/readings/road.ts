import type { Reading } from "../../src/core/reading.ts";
import type { Plant } from "./plant.ts";

/** One way from readings to frames, whoever wrote it. */
export interface Road {
  push(reading: Reading): void;
  end(): void;
  /** What came out at the other end. */
  readonly tally: { readonly frames: number; readonly sum: number };
}

export type BuildRoad = (plant: Plant) => Road;
