// 8 bits beside float32 and beside what is usual, dynamic quantization with one scale per batch: size, time, error, and
// what a window full of spikes does to the others in its batch. All in one run, taking turns.
// Run with: npx node bench/optimize.bench.ts
import { createRandom } from "../src/math/random.ts";
import { encodeNetwork, initialParameters } from "../src/model/onnx/network.ts";
import {
  decodeModel,
  encodeChanged,
  type OnnxGraph,
  type OnnxNode,
} from "../src/model/onnx/schema.ts";
import { foldLinearPart } from "../src/model/optimize/fold-linear-part.ts";
import { createPieces, type Pieces } from "../src/model/optimize/graph-pieces.ts";
import { quantizeGraph } from "../src/model/optimize/quantize-graph.ts";
import { quantizeMatrix } from "../src/model/optimize/quantize-matrix.ts";
import { measureRanges } from "../src/model/optimize/value-ranges.ts";
import { type OnnxSession, openSession } from "../src/model/runtime.ts";

const ROUNDS = 41;
const BATCH = 256;
const NETWORKS = [
  [256, 128, 16, 128, 256],
  [512, 256, 32, 256, 512],
  [1024, 512, 32, 512, 1024],
];
const FLOAT = "float32";
const OURS = "int8, ours";

/** Writes the network anew; `usual` are windows as it will get them. */
type Rewrite = (onnx: Uint8Array, usual: Float32Array, cells: number) => Promise<Uint8Array>;

const rivals: Readonly<Record<string, Rewrite>> = {
  [FLOAT]: async (onnx) => onnx,
  async [OURS](onnx, usual, cells) {
    const model = decodeModel(onnx, "network");
    foldLinearPart(model.graph);
    const ranges = await measureRanges(model, "network", usual, cells);
    quantizeGraph(model, "network", { ranges, stays: true });
    return encodeChanged(model);
  },
  "DynamicQuantizeLinear, 8 bits": async (onnx) => usual(onnx, 127),
  "DynamicQuantizeLinear, 7 bits": async (onnx) => usual(onnx, 64),
};

interface Contestant {
  readonly bytes: number;
  readonly session: OnnxSession;
  readonly batchMs: number[];
  readonly oneMs: number[];
}

for (const layers of NETWORKS) await compare(layers);

async function compare(layers: readonly number[]): Promise<void> {
  const cells = layers[0] ?? 0;
  const design = { layers, activation: "relu" } as const;
  const linear = { rank: 2, components: halves(cells) };
  const onnx = encodeNetwork({ ...design, linear }, initialParameters(design, 1), []);
  const [usual, batch] = [createWindows(cells, 3), createWindows(cells, 2)];
  const contestants = new Map<string, Contestant>();
  for (const [name, rewrite] of Object.entries(rivals)) {
    const bytes = await rewrite(onnx, usual, cells);
    const session = await openSession(bytes, name);
    contestants.set(name, { bytes: bytes.length, session, batchMs: [], oneMs: [] });
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { session, batchMs, oneMs } of contestants.values()) {
      batchMs.push(await time(session, batch, cells, 2));
      oneMs.push(await time(session, batch.slice(0, cells), cells, 20));
    }
  }
  await print(layers, contestants, batch, cells);
  for (const { session } of contestants.values()) await session.release();
}

/** Two principal components, as training finds them beside the layers: each takes half the cells. */
function halves(cells: number): Float32Array {
  const isIn = (place: number): boolean => place % cells < cells / 2 === place < cells;
  return Float32Array.from({ length: 2 * cells }, (_, place) =>
    isIn(place) ? Math.sqrt(2 / cells) : 0,
  );
}

function createWindows(cells: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: BATCH * cells }, () => random.normal());
}

async function print(
  layers: readonly number[],
  contestants: ReadonlyMap<string, Contestant>,
  batch: Float32Array,
  cells: number,
): Promise<void> {
  const float = contestants.get(FLOAT);
  if (float === undefined) return;
  const expected = await run(float.session, batch, cells);
  const last = (BATCH - 1) * cells;
  const spiked = batch.map((value, place) => (place < last ? value : place % 2 === 0 ? 10 : -10));
  const rows: Record<string, Record<string, number>> = {};
  for (const [name, { bytes, session, batchMs, oneMs }] of contestants) {
    const got = await run(session, batch, cells);
    const beside = await run(session, spiked, cells);
    rows[name] = {
      bytes,
      smaller: rounded(float.bytes / bytes),
      batchUs: rounded(1_000 * median(batchMs)),
      batchFaster: rounded(median(float.batchMs) / median(batchMs)),
      oneUs: rounded(1_000 * median(oneMs)),
      oneFaster: rounded(median(float.oneMs) / median(oneMs)),
      errorPercent: rounded(100 * relativeError(got, expected)),
      spikePercent: rounded(100 * relativeError(beside.subarray(0, last), got.subarray(0, last))),
    };
  }
  const name = layers.join("-");
  const rounds = { rounds: ROUNDS, batch: BATCH };
  console.log(JSON.stringify({ case: `int8 vs float32, network ${name}`, ...rounds, ...rows }));
  console.table(rows);
}

async function time(
  session: OnnxSession,
  data: Float32Array,
  cells: number,
  runs: number,
): Promise<number> {
  const startMs = performance.now();
  for (let turn = 0; turn < runs; turn += 1) await run(session, data, cells);
  return (performance.now() - startMs) / runs;
}

async function run(session: OnnxSession, data: Float32Array, cells: number): Promise<Float32Array> {
  const feeds = { windows: { data, dimensions: [data.length / cells, cells] } };
  return (await session.run(feeds))["reconstruction"]?.data as Float32Array;
}

/** Every layer in 8 bits, its input with one scale for the whole batch, as quantization tools write it; ONNX Runtime fuses it. */
function usual(onnx: Uint8Array, largest: number): Uint8Array {
  const model = decodeModel(onnx, "network");
  const pieces = createPieces(model.graph);
  model.graph.node = model.graph.node.flatMap((node) =>
    node.opType === "Gemm" && node.input.length === 3
      ? usualProduct(node, model.graph, pieces, largest)
      : [node],
  );
  const used = new Set(model.graph.node.flatMap(({ input }) => input));
  model.graph.initializer = [...model.graph.initializer, ...pieces.tensors].filter(({ name }) =>
    used.has(name),
  );
  return encodeChanged(model);
}

function usualProduct(
  node: OnnxNode,
  { initializer }: OnnxGraph,
  pieces: Pieces,
  largest: number,
): readonly OnnxNode[] {
  const [input = "", weights = "", bias = ""] = node.input;
  const tensor = initializer.find(({ name }) => name === weights);
  if (tensor === undefined) return [node];
  const [inputs = 0, outputs = 0] = tensor.dims.map(Number);
  const floats = new Float32Array(Uint8Array.from(tensor.rawData).buffer);
  const layout = { inputs, outputs, transposed: false };
  const { values, scales } = quantizeMatrix(floats, layout, largest);
  const add = pieces.within(node);
  const output = ["bytes", "scale", "zero"].map((part) => `${node.output[0]}/${part}`);
  const [bytes = "", scale = "", zero = ""] = output;
  const opType = "DynamicQuantizeLinear";
  add.nodes.push({ opType, name: bytes, input: [input], output, attribute: [] });
  const sums = add.node("MatMulInteger", [bytes, add.bytes("weights", values, tensor.dims), zero]);
  const step = add.node("Mul", [scale, add.floats("scales", scales, [outputs])]);
  const scaled = add.node("Mul", [add.node("Cast", [sums], pieces.toFloat), step]);
  return add.finish("Add", [scaled, bias]);
}

function relativeError(got: Float32Array, expected: Float32Array): number {
  let [off, size] = [0, 0];
  expected.forEach((value, place) => {
    off += (value - (got[place] ?? Number.NaN)) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(off / size);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
