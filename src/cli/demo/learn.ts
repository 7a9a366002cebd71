import { merge, takeUntil, tap, timer } from "rxjs";
import type { Model } from "../../model/model.ts";
import { trainModel } from "../../model/train-model.ts";
import type { Source } from "../../sources/source.ts";
import { alignReadings } from "../../stream/align-readings.ts";
import { startProgress } from "../progress.ts";

export interface LearnOptions {
  readonly periodMs: number;
  readonly windowLength: number;
  readonly learnMs: number;
}

/** Watches the sources in normal operation for a while and trains a model on what it saw. */
export async function learn(
  sources: readonly Source[],
  { periodMs, windowLength, learnMs }: LearnOptions,
): Promise<Model> {
  const tags = sources.flatMap((source) => source.tags);
  const expected = Math.round(learnMs / periodMs);
  const watching = startProgress("watching", expected);
  let frames = 0;
  const normal = merge(...sources.map(({ readings }) => readings)).pipe(takeUntil(timer(learnMs)));
  const observed = normal.pipe(
    alignReadings({ tags, periodMs }),
    tap(() => {
      frames += 1;
      watching.update(Math.min(frames, expected), "frames of normal operation");
    }),
  );
  let training: ReturnType<typeof startProgress> | undefined;
  try {
    return await trainModel(observed, {
      name: "pump-skid",
      tags,
      windowLength,
      onProgress({ epoch, maxEpochs, validationLoss }) {
        watching.stop();
        training ??= startProgress("training", maxEpochs);
        training.update(epoch, `epochs, held-out loss ${validationLoss.toFixed(3)}`);
      },
    });
  } finally {
    watching.stop();
    training?.stop();
  }
}
