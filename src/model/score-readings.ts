import type { Frame } from "../core/frame.ts";
import type { Reading } from "../core/reading.ts";
import type { Score } from "../core/score.ts";
import { createAligner } from "../math/aligner.ts";
import { maskFrame } from "../math/mask-frame.ts";
import { createScoreStream, type OwnWindow } from "../math/score-stream.ts";
import {
  createSensorFaultDetector,
  type SensorFaultMessage,
} from "../math/sensor-fault-detector.ts";
import { requireSensorLimits, type SensorLimitsByTag } from "../math/sensor-limits.ts";
import { copyWindow, createSlidingFrames } from "../math/sliding-frames.ts";
import { toScore } from "../math/window-result.ts";
import { batchSizeOf, openBatch } from "./open-batch.ts";
import type { Scorer } from "./scorer.ts";

export interface ScoreReadingsOptions {
  /**
   * Limits of sensors that are known better than from training, by tag; `false` for a tag, or for all, that is never taken for broken.
   * @defaultValue what the model has learnt in training
   */
  readonly sensorFaults?: false | SensorLimitsByTag;
  /**
   * Told of every sensor fault that opens or closes.
   * @defaultValue nobody is told
   */
  readonly onSensorFault?: (message: SensorFaultMessage) => void;
}

/**
 * Scores recorded readings, chunk by chunk, pulling no more than it can score: batch work in bounded memory.
 *
 * Gives the very scores that the same readings get in a running gateway, provided that it has the same limits of
 * sensors, keeps the default `latenessMs`, and its sources report each tag as the card says (`sampled` or `on-change`).
 *
 * @param chunks readings in the order of their arrival, of the model's tags or more
 * @throws {@link GatewayError} `CONFIG_INVALID` for limits of a tag that there is not; `SCORING_FAILED`; and what reading the chunks throws
 */
export async function* scoreReadings(
  model: Scorer,
  chunks: AsyncIterable<Iterable<Reading>>,
  { sensorFaults = {}, onSensorFault = () => {} }: ScoreReadingsOptions = {},
): AsyncGenerator<readonly Score[], void, void> {
  const { card } = model;
  const { tags, periodMs, windowLength, stride } = card;
  const limits = sensorFaults === false ? {} : sensorFaults;
  requireSensorLimits("scoreReadings", limits, tags);
  const detector = createSensorFaultDetector({ card, limits });
  const mask = (frame: Frame): Frame => {
    if (sensorFaults === false) return frame;
    for (const message of detector.push(frame)) onSensorFault(message);
    return maskFrame(frame, detector.mask);
  };
  const sliding = createSlidingFrames(windowLength, tags.length, stride);
  const stream = createScoreStream(card);
  const size = batchSizeOf(card);
  const batch = openBatch(model, size);
  let windows: OwnWindow[] = [];
  const aligner = createAligner({ tags, periodMs }, (frame) => {
    const window = sliding.push(mask(frame));
    if (window === undefined) return;
    const own = copyWindow(window);
    stream.prepare(own);
    windows.push(own);
  });
  const finish = (_: unknown, place: number): Score => {
    const result = batch.result(place);
    stream.finish(result);
    return toScore(result, batch.deviations(place));
  };
  const scoreWaiting = async (): Promise<readonly Score[]> => {
    const waiting = windows;
    windows = [];
    const scores: Score[] = [];
    for (let from = 0; from < waiting.length; from += size) {
      const some = waiting.slice(from, from + size);
      await batch.run(some);
      scores.push(...some.map(finish));
    }
    return scores;
  };

  for await (const chunk of chunks) {
    for (const reading of chunk) aligner.push(reading);
    if (windows.length > 0) yield await scoreWaiting();
  }
  aligner.flush();
  if (windows.length > 0) yield await scoreWaiting();
}
