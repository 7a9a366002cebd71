import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard } from "../core/model-card.ts";
import { createModel } from "./model.ts";
import type { OnnxSession } from "./runtime.ts";

/** Held-out windows that are looked at; they overlap, so that more would tell little. */
const MAX_WINDOWS = 256;

/**
 * Measures by how much the score of normal windows rises at most when a tag is missing: the model then sees less of the machine, and
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
  const every = Math.ceil(heldOut.length / MAX_WINDOWS);
  const starts = heldOut.filter((_, place) => place % every === 0);
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
    rises.push(
      without.reduce((most, value, place) => Math.max(most, value - (whole[place] as number)), 0),
    );
  }
  return rises;
}
