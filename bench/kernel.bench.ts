// The arithmetic beside the network, microseconds per window: the WebAssembly kernel, the same in JavaScript, and the network
// itself in batches on the kernel's memory. All in one run, taking turns.
// Run with: npm run bench:kernel
import { InferenceSession, Tensor } from "onnxruntime-node";
import { normalizeInto } from "../src/math/normalizer.ts";
import { createRandom } from "../src/math/random.ts";
import { shrunkPrecision } from "../src/math/shrunk-covariance.ts";
import { squareRoot } from "../src/math/symmetric-eigen.ts";
import { errorWeights, windowError } from "../src/math/window-error.ts";
import { createWindowKernel, type KernelCard } from "../src/model/kernel/window-kernel.ts";
import { encodeNetwork, initialParameters } from "../src/model/onnx/network.ts";

/** After so many that are not counted: code is compiled for good only once it has run for a while. */
const ROUNDS = 41;
const WARM_UP = 20;
const BATCH = 256;

for (const [tags, length] of [
  [8, 32],
  [52, 32],
  [1, 64],
] as const) {
  await compare(tags, length);
}

async function compare(tags: number, length: number): Promise<void> {
  const cells = tags * length;
  const random = createRandom(1);
  const card = cardOf(tags, length);
  const windows = Array.from({ length: BATCH }, () =>
    Float64Array.from({ length: cells }, () => 3 * random.normal()),
  );
  const offsets = Float64Array.from({ length: tags }, () => random.normal() / 10);
  const kernel = createWindowKernel(card, BATCH);
  const plain = new Float32Array(BATCH * cells);
  const weights = errorWeights(card.calibration);
  const answer = await lendTo(kernel.input, kernel.output, [BATCH, cells]);

  const rivals: Readonly<Record<string, () => unknown>> = {
    normalizeInto: () =>
      windows.forEach((values, place) => {
        normalizeInto(plain, place * cells, values, card.normalizer, offsets);
      }),
    normalize: () =>
      windows.forEach((values, place) => {
        kernel.normalize(place, values, offsets);
      }),
    network: answer,
    windowError: () =>
      windows.map((values, place) =>
        windowError(kernel.input, kernel.output, values, weights, {
          offset: place * cells,
          length,
          tags,
        }),
      ),
    measure: () => kernel.measure(0, BATCH),
  };
  const times = new Map(Object.keys(rivals).map((name) => [name, [] as number[]]));
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    for (const [name, run] of Object.entries(rivals)) {
      const startMs = performance.now();
      await run();
      times.get(name)?.push((1_000 * (performance.now() - startMs)) / BATCH);
    }
  }
  const cost = Object.fromEntries([...times].map(([name, each]) => [name, costOf(each)]));
  console.log(JSON.stringify({ tags, length, batch: BATCH, ...cost }));
}

/** A card with everything that can be measured. */
function cardOf(tags: number, length: number): KernelCard {
  const random = createRandom(2);
  const each = (figure: () => number): number[] => Array.from({ length: tags }, figure);
  const frames = Float64Array.from({ length: 1_000 * tags }, () => random.normal());
  const { precision } = shrunkPrecision(frames, tags, 1e-3);
  return {
    windowLength: length,
    tags: each(() => 0).map((_, tag) => ({ name: `tag${tag}` })),
    normalizer: { kind: "standard", center: each(random.normal), scale: each(() => 2), clip: 10 },
    calibration: {
      residualScale: each(() => 1),
      whitening: [...squareRoot(precision, tags)],
      precision: [...precision],
      levelVariance: each(random.uniform),
      logMean: 0,
      logDeviation: 1,
      windows: 100,
    },
  };
}

/** A network half as wide, then an eighth of that, that runs on this memory. */
async function lendTo(
  input: Float32Array,
  output: Float32Array,
  shape: readonly [number, number],
): Promise<() => Promise<unknown>> {
  const cells = shape[1];
  const [half, neck] = [cells / 2, Math.max(1, cells / 16)];
  const design = { layers: [cells, half, neck, half, cells], activation: "tanh" } as const;
  const session = await InferenceSession.create(
    encodeNetwork(design, initialParameters(design, 1), []),
    { intraOpNumThreads: 1, interOpNumThreads: 1 },
  );
  const feeds = { [session.inputNames[0] ?? ""]: new Tensor("float32", input, shape) };
  const fetches = { [session.outputNames[0] ?? ""]: new Tensor("float32", output, shape) };
  return () => session.run(feeds, fetches);
}

/** Microseconds per window: in the median round, and in the one that other work on the machine disturbed the least. */
function costOf(rounds: readonly number[]): { readonly median: number; readonly best: number } {
  const sorted = rounds.slice(WARM_UP).sort((a, b) => a - b);
  const at = (place: number): number => Number((sorted[place] ?? Number.NaN).toPrecision(3));
  return { median: at(ROUNDS >> 1), best: at(0) };
}
