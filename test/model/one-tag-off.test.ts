import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { Score } from "../../src/core/score.ts";
import type { Tag } from "../../src/core/tag.ts";
import { createRandom } from "../../src/math/random.ts";
import type { Model } from "../../src/model/model.ts";
import { trainModel } from "../../src/model/train-model.ts";

const tags: readonly Tag[] = ["flow", "pressure", "vibration", "temperature"].map((name) => ({
  name,
}));

/** Flow and pressure go up and down together, vibration follows them loosely, the temperature not at all. */
function pumpFrames(count: number, seed: number): Frame[] {
  const random = createRandom(seed);
  const wander = (): (() => number) => {
    let level = 0;
    return () => {
      level = 0.95 * level + 0.3 * random.normal();
      return level;
    };
  };
  const [load, wear, heat] = [wander(), wander(), wander()];
  return Array.from({ length: count }, (_, row) => {
    const now = load();
    const levels = [now, now, 0.5 * now + wear(), 0.2 * now + heat()];
    return {
      timeMs: (row + 1) * 1_000,
      periodMs: 1_000,
      values: Float64Array.from(levels, (level) => 8 + level + 0.3 * random.normal()),
      agesMs: new Float64Array(levels.length),
    };
  });
}

/** What a model says of frames in which one tag reads so many of its spreads more. */
async function shifted(
  model: Model,
  frames: readonly Frame[],
  tag: number,
  spreads: number,
): Promise<Score | undefined> {
  const shift = spreads * (model.card.normalizer.scale[tag] as number);
  const values = Float64Array.from(frames.flatMap((frame) => [...frame.values])).map(
    (value, cell) => (cell % tags.length === tag ? value + shift : value),
  );
  const endMs = frames.at(-1)?.timeMs ?? 0;
  const window = { endMs, length: frames.length, tags: tags.length, values, coverage: 1 };
  return (await model.score([window]))[0];
}

describe("a tag that reads six spreads too much", () => {
  it("is found and named, whether the others tell that it is wrong or not", async () => {
    const model = await trainModel(pumpFrames(600, 1), { name: "pump", tags });
    const { windowLength } = model.card;
    const later = pumpFrames(10 * windowLength, 2);
    for (const tag of [0, 1, 3]) {
      for (let window = 0; window < 10; window += 1) {
        const frames = later.slice(window * windowLength, (window + 1) * windowLength);
        const score = await shifted(model, frames, tag, 6);
        const [first] = score?.contributions.toSorted((a, b) => b.share - a.share) ?? [];
        expect({ verdict: score?.verdict, tag: first?.tag }).toEqual({
          verdict: "anomalous",
          tag: tags[tag]?.name,
        });
      }
    }
    await model.close();
  });
});
