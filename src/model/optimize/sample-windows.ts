import type { ModelCard } from "../../core/model-card.ts";
import { createRandom } from "../../math/random.ts";
import { decodeFloats } from "../load-model.ts";

const WINDOWS = 64;
/** How far a tag goes from its center at least, and how far where nobody knows, in spreads. */
const REACH = { least: 3, unknown: 4 } as const;
/** Of the noise about a level, in spreads. */
const NOISE = 0.5;

/**
 * Normalized windows that show how far the values within a network go in normal operation: those that were recorded, and made ones in which every
 * tag stays about a level of its own, anywhere between the lowest and the highest of the training data.
 *
 * The training data are not there any more, and the few recorded windows show one or two states of the machine. A recording to compare on is not used: it may
 * hold anything, and the same model always becomes the same file.
 *
 * @returns shape `[windows, length, tags]`; the same for the same card
 */
export function sampleWindows(card: ModelCard): Float32Array {
  const { golden, tags, windowLength } = card;
  const recorded = golden.flatMap(({ input }) => [...decodeFloats(input)]);
  const reaches = tags.map((_, tag) => reachOf(card, tag));
  const random = createRandom(1);
  const made = Array.from({ length: WINDOWS }, () => {
    const levels = reaches.map(([low, high]) => low + (high - low) * random.uniform());
    return Array.from({ length: windowLength }, () =>
      reaches.map(([low, high], tag) => {
        const value = (levels[tag] as number) + NOISE * random.normal();
        return Math.min(high, Math.max(low, value));
      }),
    );
  });
  return Float32Array.from([...recorded, ...made.flat(2)]);
}

/** Lowest and highest normalized value of a tag in training. */
function reachOf({ sensors, normalizer }: ModelCard, tag: number): readonly [number, number] {
  const sensor = sensors?.[tag];
  if (sensor === undefined) return [-REACH.unknown, REACH.unknown];
  const { center, scale, differenced, clip } = normalizer;
  const [low, high] =
    differenced?.[tag] === true
      ? [-sensor.largestStep, sensor.largestStep]
      : [sensor.low, sensor.high];
  const normalized = (value: number): number =>
    (value - (center[tag] as number)) / (scale[tag] as number);
  return [
    Math.max(-clip, Math.min(-REACH.least, normalized(low))),
    Math.min(clip, Math.max(REACH.least, normalized(high))),
  ];
}
