import { type Frame, type Model, type Reading, trainModel } from "wheeltapper";
import { createRandom } from "../../src/math/random.ts";

/** What every machine of the bench has, unless a case says otherwise. */
export const TAGS = 8;
export const LENGTH = 32;
export const STRIDE = 8;
/** Of the hidden layers: 256-128-16-128-256, as a window has 256 cells. */
const HIDDEN = [128, 16, 128];
const TRAINING_FRAMES = 2_000;
/** Every machine of this many has a fault, so that there are events. */
export const MACHINES_PER_FAULT = 16;
/** How far the faulty tag is off; the noise has 0.1. */
const FAULT_SIZE = 3;

export interface FramesOptions {
  readonly seed: number;
  readonly periodMs: number;
  readonly tags?: number;
  /**
   * Where the middle of a fault is that lasts for an eighth of the frames, 0 to 1.
   * @defaultValue none
   */
  readonly faultAt?: number;
}

/** Frames of a machine whose tags follow one load, each with noise of its own; the first stands at a multiple of the stride. */
export function createFrames(
  count: number,
  { seed, periodMs, tags = TAGS, faultAt }: FramesOptions,
): readonly Frame[] {
  const random = createRandom(seed);
  const agesMs = new Float64Array(tags);
  return Array.from({ length: count }, (_, row) => {
    const load = Math.sin((2 * Math.PI * row) / 128 + seed);
    const values = Float64Array.from(
      { length: tags },
      (_value, tag) => 10 * tag + load * Math.cos(tag) + 0.1 * random.normal(),
    );
    const isFault = faultAt !== undefined && Math.abs(row / count - faultAt) < 1 / 16;
    if (isFault) values[2] = (values[2] ?? 0) + FAULT_SIZE;
    return { timeMs: row * periodMs, periodMs, values, agesMs };
  });
}

/** Frames of many machines; some are faulty for a while, unless `faults` is false. */
export function createPlant(
  machines: number,
  frames: number,
  periodMs: number,
  faults = true,
): readonly (readonly Frame[])[] {
  return Array.from({ length: machines }, (_, machine) =>
    createFrames(frames, {
      seed: machine + 2,
      periodMs,
      ...(faults && machine % MACHINES_PER_FAULT === 0 && { faultAt: 0.5 }),
    }),
  );
}

export function tagNames(tags: number = TAGS): readonly string[] {
  return Array.from({ length: tags }, (_, tag) => `tag${tag}`);
}

/** The readings that make these frames: one per tag and frame, in the order of the tags. */
export function readingsOf(
  frames: readonly Frame[],
  names: readonly string[],
): readonly (readonly Reading[])[] {
  return frames.map(({ timeMs, values }) =>
    names.map((tag, place) => ({
      tag,
      timeMs,
      value: values[place] ?? Number.NaN,
      quality: "good",
    })),
  );
}

export interface BenchModelOptions {
  readonly periodMs?: number;
  readonly tags?: number;
  readonly windowLength?: number;
  readonly hiddenLayers?: readonly number[];
  readonly learningRate?: number;
}

/** A model after one epoch: how well it has learnt changes nothing about how fast it is. */
export async function trainBenchModel({
  periodMs = 1_000,
  tags = TAGS,
  windowLength = LENGTH,
  hiddenLayers = HIDDEN,
  learningRate = 3e-3,
}: BenchModelOptions = {}): Promise<Model> {
  const model = await trainModel(createFrames(TRAINING_FRAMES, { seed: 1, periodMs, tags }), {
    name: "bench",
    tags: tagNames(tags).map((name) => ({ name })),
    windowLength,
    stride: STRIDE,
    hiddenLayers,
    running: false,
    maxEpochs: 1,
    learningRate,
  });
  const { layers = [] } = model.card.provenance;
  if (layers.length === hiddenLayers.length + 2) return model;
  throw new Error(`one epoch has made nothing better than ${layers.join("-")}: learn more slowly`);
}
