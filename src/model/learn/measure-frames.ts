import { effectiveSamples } from "../../math/effective-samples.ts";
import { boundRatio } from "../../math/level-room.ts";
import { countRows } from "../../math/row-run.ts";
import { shrunkPrecision } from "../../math/shrunk-covariance.ts";
import { moments } from "../../math/statistics.ts";
import type { HeldOut } from "./score-runs.ts";

/** Nothing is weighed up any further than if it varied by this (normalized units). */
export const SMALLEST_DEVIATION = 0.05;
/** Rows that are looked at, at most. */
const MAX_ROWS = 40_000;

/**
 * Measures how tags vary together in frames as a stream has them: of blocks that were held out, normalized by what the others tell.
 *
 * A level that wandered slowly has shown few independent values, and nobody knows how far it goes. Its prediction bound is wider than that
 * of a normal variable, and `levelVariance` makes up for that: such a tag is judged by how it moves, less by where it is.
 */
export function measureFrames(
  folds: readonly HeldOut[],
  tags: number,
): { readonly precision: Float64Array; readonly levelVariance: Float64Array } {
  const rows = sampleRows(folds, tags);
  const levelVariance = Float64Array.from({ length: tags }, (_, tag) => {
    const values = Float64Array.from({ length: rows.length / tags }, (__, row) => {
      return rows[row * tags + tag] as number;
    });
    const deviation = Math.max(SMALLEST_DEVIATION, moments(values).deviation);
    return deviation ** 2 * (boundRatio(effectiveSamples(values)) ** 2 - 1);
  });
  return { precision: shrunkPrecision(rows, tags, SMALLEST_DEVIATION).precision, levelVariance };
}

/** Held-out rows in time order, evenly spaced: shape `[rows, tags]`. */
function sampleRows(folds: readonly HeldOut[], tags: number): Float32Array {
  const total = folds.reduce((sum, { heldOut }) => sum + countRows(heldOut), 0);
  const every = Math.ceil(total / MAX_ROWS);
  const rows = new Float32Array(Math.ceil(total / every) * tags);
  let place = 0;
  for (const { frames, heldOut } of folds) {
    for (const { from, to } of heldOut) {
      for (let row = from; row < to; row += 1, place += 1) {
        if (place % every !== 0) continue;
        rows.set(frames.subarray(row * tags, (row + 1) * tags), (place / every) * tags);
      }
    }
  }
  return rows;
}
