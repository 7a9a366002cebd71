import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard } from "../core/model-card.ts";
import { quantile } from "../math/statistics.ts";
import { sampleStarts } from "./learn/window-runs.ts";
import { createModel } from "./model.ts";
import type { OnnxSession } from "./runtime.ts";

/** Held-out windows that are looked at; they overlap, so that more would tell little. */
const MAX_WINDOWS = 256;
/** Share of the windows that rise by no more: the average over scores levels out the others. */
const RISE_SHARE = 0.9;

/**
 * Measures by how much the score of normal windows rises when a tag is missing, in all but a few of them: the model then sees less of the machine, and
 * reconstructs the others worse.
 *
 * @param frames shape `[rows, tags]`, engineering units
 * @param heldOut first rows of the held-out windows
 * @returns shape `[tags]`, standard deviations, from 0 on
 */
export async function measureHoles(
  card: ModelCard,
  session: OnnxSession,
  frames: Float64Array,
  heldOut: Uint32Array,
): Promise<readonly number[]> {
  const { tags, windowLength: length, name, version } = card;
  const model = createModel(card, { name, version, sha256: "" }, new Uint8Array(), session);
  const starts = sampleStarts(heldOut, MAX_WINDOWS);
  const scoresWithout = async (missing: number): Promise<readonly number[]> => {
    const windows = Array.from(starts, (start): FrameWindow => {
      const values = frames.slice(start * tags.length, (start + length) * tags.length);
      for (let cell = missing; cell < values.length; cell += tags.length) values[cell] = Number.NaN;
      return { endMs: 0, length, tags: tags.length, values, coverage: 1 };
    });
    return (await model.score(windows)).map(({ value }) => value);
  };

  const whole = await scoresWithout(Number.POSITIVE_INFINITY);
  const rises: number[] = [];
  for (let tag = 0; tag < tags.length; tag += 1) {
    const without = await scoresWithout(tag);
    const each = Float64Array.from(without, (value, place) => value - (whole[place] as number));
    rises.push(Math.max(0, quantile(each.sort(), RISE_SHARE)));
  }
  return rises;
}
