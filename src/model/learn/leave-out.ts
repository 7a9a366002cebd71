import type { Frame } from "../../core/frame.ts";
import type { RowSpan } from "../../math/row-run.ts";
import { lossLimitAfter } from "../loss-limit.ts";
import type { WindowShape } from "../onnx/forward-pass.ts";
import { crossValidate, type Fold, type Lesson } from "./cross-validate.ts";
import type { FitPlan } from "./fit-autoencoder.ts";
import { eachReconstruction, meanSquareOf } from "./residuals.ts";
import { findRuns, startsOf } from "./window-runs.ts";

/** After a look at everything. */
const SETTLED_EPOCH = Number.MAX_SAFE_INTEGER;

/**
 * Finds rows that are far stranger than the others, seen by principal components of the other blocks: a trace that should be normal seldom is to the
 * last row.
 *
 * @param maxShare of the windows, 0 to 0.5: no more is left out
 * @returns shape `[rows]`: 1 where every window that holds the row is strange
 */
export async function findStrangeRows(
  lesson: Lesson,
  blocks: readonly RowSpan[],
  plan: FitPlan,
  maxShare: number,
): Promise<Uint8Array> {
  const window = { length: plan.windowLength, tags: lesson.tags.length };
  const rows = lesson.values.length / window.tags;
  if (maxShare === 0) return new Uint8Array(rows);
  const errors = new Map<number, number>(); // by the first row of the window
  await crossValidate(lesson, blocks, { ...plan, kind: "pca" }, async (folds) => {
    for (const fold of folds) await meanErrors(fold, window, errors);
  });
  const limit = lossLimitAfter(SETTLED_EPOCH, Float32Array.from(errors.values()), maxShare);
  const strange = new Uint8Array(rows);
  const normal = new Uint8Array(rows);
  for (const [start, error] of errors) {
    (error > limit ? strange : normal).fill(1, start, start + window.length);
  }
  return strange.map((isStrange, row) => (isStrange === 1 && normal[row] === 0 ? 1 : 0));
}

async function meanErrors(
  { session, frames, heldOut }: Fold,
  window: WindowShape,
  errors: Map<number, number>,
): Promise<void> {
  const starts = startsOf(heldOut, window.length);
  const cells = window.length * window.tags;
  let place = 0;
  await eachReconstruction(session, frames, starts, window, (input, output, offset) => {
    errors.set(starts[place++] as number, meanSquareOf(input, output, offset, cells));
  });
}

/** The runs that are left when some rows are left out. */
export function runsWithout(
  frames: readonly Frame[],
  usable: Uint8Array,
  strange: Uint8Array,
): RowSpan[] {
  return findRuns(
    frames,
    usable.map((isUsable, row) => (strange[row] === 1 ? 0 : isUsable)),
  );
}
