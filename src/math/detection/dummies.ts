import { createRandom } from "../random.ts";
import type { LabelledRun } from "./detection-quality.ts";

/** What a dummy needs to know of a run: everything but the method's answers. */
export type UnjudgedRun = Pick<LabelledRun, "timesMs" | "labels">;

/**
 * Draws every score by lot: what a method must beat that has looked at the equipment at all.
 *
 * @param alarmShare share of the rows in alarm, 0 to 1; fair is that of the method it stands beside
 */
export function randomDummy(run: UnjudgedRun, alarmShare: number, seed: number): LabelledRun {
  const random = createRandom(seed);
  const scores = Float64Array.from(run.timesMs, () => random.uniform());
  return { ...run, scores, alarms: Uint8Array.from(scores, (score) => +(score < alarmShare)) };
}

/**
 * Is always in alarm from a fixed time on, without looking at anything, and the more certain the later: what a method
 * must beat on recordings that tend to end in a fault. F1 alone often does not tell the two apart.
 */
export function clockDummy(run: UnjudgedRun, fromMs: number): LabelledRun {
  const { timesMs } = run;
  const alarms = Uint8Array.from(timesMs, (timeMs) => +(timeMs >= fromMs));
  return { ...run, scores: timesMs.slice(), alarms };
}
