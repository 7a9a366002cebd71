import type { FrameWindow } from "../core/frame.ts";
import {
  type LabelledIncident,
  scoreAlone,
  scoreOnLabels,
} from "../evaluation/compare-on-labels.ts";
import type { Model } from "../model/model.ts";
import type { KeptWindow } from "../truth/retraining/kept-windows.ts";
import type { OutboxLesson } from "../truth/retraining/lesson-from-outbox.ts";
import type { Contestant } from "./retraining-report.ts";

/** What the model before, where there is one, and the new one make of the labels. */
export async function compareModels(
  { labelled }: OutboxLesson,
  model: Model,
  base: Model | undefined,
): Promise<readonly [Contestant, ...Contestant[]]> {
  const reached = await sharesReached(
    labelled.flatMap(({ windows }) => windows.slice(0, 1)),
    base,
  );
  const incidents = labelled.map(
    ({ verdict, windows }, place): LabelledIncident => ({
      verdict,
      windows: windows.map(frameWindow),
      reached: reached[place] ?? 1,
    }),
  );
  const after = { name: "new", score: await scoreOnLabels(model, incidents) };
  if (base === undefined) return [after];
  return [{ name: "before", score: await scoreOnLabels(base, incidents) }, after];
}

/**
 * What share of its score the average of the gateway had reached at each window: both are known of those that the model before has judged. The others count by
 * themselves.
 */
async function sharesReached(
  windows: readonly KeptWindow[],
  base: Model | undefined,
): Promise<readonly number[]> {
  if (base === undefined) return windows.map(() => 1);
  const scores = await scoreAlone(base, windows.map(frameWindow));
  return windows.map(({ model, score }, place) => {
    const alone = scores[place]?.value ?? Number.NaN;
    const isOfBase = model.sha256 === base.identity.sha256;
    return isOfBase && alone > 0 ? Math.min(1, Math.max(0, score / alone)) : 1;
  });
}

function frameWindow({ endMs, length, tags, values, coverage }: KeptWindow): FrameWindow {
  return { endMs, length, tags: tags.length, values, coverage };
}
