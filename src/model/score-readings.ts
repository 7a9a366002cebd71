import type { FrameWindow } from "../core/frame.ts";
import type { Reading } from "../core/reading.ts";
import type { Score } from "../core/score.ts";
import { createAligner } from "../math/aligner.ts";
import { createFrameRing } from "../math/frame-ring.ts";
import type { Scorer } from "./scorer.ts";

/**
 * Scores recorded readings, chunk by chunk, pulling no more than it can score: batch work in bounded memory.
 *
 * Gives the very scores that the same readings get in a running gateway, provided that it keeps the default
 * `latenessMs` and its sources report each tag as the card says (`sampled` or `on-change`).
 *
 * @param chunks readings in the order of their arrival, of the model's tags or more
 * @throws {@link GatewayError} `SCORING_FAILED`; and what reading the chunks throws
 */
export async function* scoreReadings(
  model: Scorer,
  chunks: AsyncIterable<Iterable<Reading>>,
): AsyncGenerator<readonly Score[], void, void> {
  const { tags, periodMs, windowLength, stride } = model.card;
  const ring = createFrameRing(windowLength, tags.length, stride);
  let windows: FrameWindow[] = [];
  const aligner = createAligner({ tags, periodMs }, (frame) => {
    const window = ring.push(frame);
    if (window !== undefined) windows.push(window);
  });
  const scoreWaiting = (): Promise<readonly Score[]> => {
    const batch = windows;
    windows = [];
    return model.score(batch);
  };

  for await (const chunk of chunks) {
    for (const reading of chunk) aligner.push(reading);
    if (windows.length > 0) yield await scoreWaiting();
  }
  aligner.flush();
  if (windows.length > 0) yield await scoreWaiting();
}
