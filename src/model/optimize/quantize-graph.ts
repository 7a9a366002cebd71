import { GatewayError } from "../../errors.ts";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from "../onnx/schema.ts";
import { createPieces, type Pieces } from "./graph-pieces.ts";
import { quantizeMatrix, transpose } from "./quantize-matrix.ts";

/** What became of the matrices of a graph; counts. */
export interface QuantizedMatrices {
  /** Kept and multiplied in 8 bits. */
  readonly multiplied: number;
  /** Kept in 8 bits in the file, and unfolded to float32 when the model is loaded. */
  readonly stored: number;
  /** Left in float32. */
  readonly left: number;
}

/**
 * A matrix with fewer inputs or outputs is not multiplied in 8 bits: what that saves does not make up for rounding the windows.
 * Measured on x64 with AVX2 in batches of 256: 256 x 256 takes two thirds of the time, 256 x 128 as long, 128 x 64 longer.
 */
const MULTIPLY_FROM = 256;
/** A matrix with fewer weights stays as it is: the file would be smaller by less than 3 KB. */
const STORE_FROM = 1_024;
/** Largest 8-bit weight where they are only stored. */
const STORED_LARGEST = 127;
/**
 * Largest 8-bit weight where they are multiplied. x64 processors without VNNI add two products of an unsigned and a signed byte
 * in 16 bits, which must not overflow: 2 * 255 * 64 < 2^15. With 127, a network was off by 38 % on such a processor.
 */
const MULTIPLIED_LARGEST = 64;
/** First version of the ONNX operators that has all we need, with a negative axis. */
const OLDEST_OPSET = 11;

/** A product of a window and a constant matrix. */
interface Product {
  readonly node: OnnxNode;
  readonly tensor: OnnxTensor;
  readonly inputs: number;
  readonly outputs: number;
  readonly transposed: boolean;
  readonly becomes: keyof QuantizedMatrices;
}

/**
 * Puts the matrices of a graph into 8 bits, in place.
 *
 * Large ones are multiplied in 8 bits, too: every row of the input, that is every window, is divided by its own largest value and
 * rounded, so that what is answered to a window does not depend on those that come with it in a batch.
 *
 * @param stays whether matrices that are only stored in 8 bits stay so in the file that is to be written
 * @throws GatewayError `MODEL_MISMATCH` when the graph has no matrix that is worth it
 */
export function quantizeGraph(model: OnnxModel, name: string, stays: boolean): QuantizedMatrices {
  const { graph } = model;
  const opset = Number(model.opsetImport.find(({ domain }) => isStandard(domain))?.version ?? 0);
  const products =
    opset < OLDEST_OPSET ? [] : productsOf(graph, stays ? STORE_FROM : Number.POSITIVE_INFINITY);
  const count = (what: Product["becomes"]): number =>
    new Set(products.filter(({ becomes }) => becomes === what).map(({ tensor }) => tensor)).size;
  const counts = { multiplied: count("multiplied"), stored: count("stored"), left: count("left") };
  if (counts.multiplied + counts.stored === 0) throw nothingToDo(name, opset, stays);
  const pieces = createPieces(graph, opset);
  const unfolded = new Map<OnnxTensor, string>();
  const changed = new Map(
    products.map((product) => [product.node, replacement(product, pieces, unfolded)] as const),
  );
  graph.node = graph.node.flatMap((node) => changed.get(node) ?? [node]);
  const used = new Set(namesUsed(graph));
  graph.initializer = [...graph.initializer, ...pieces.tensors].filter((one) => used.has(one.name));
  graph.input = graph.input.filter((one) => used.has(one.name)); // old files list the weights, too
  return counts;
}

function isStandard(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

function fate(inputs: number, outputs: number, storeFrom: number): Product["becomes"] {
  if (Math.min(inputs, outputs) >= MULTIPLY_FROM) return "multiplied";
  return inputs * outputs >= storeFrom ? "stored" : "left";
}

function productsOf({ node, initializer }: OnnxGraph, storeFrom: number): readonly Product[] {
  const tensors = new Map(initializer.map((tensor) => [tensor.name, tensor]));
  return node.flatMap((one) => {
    const tensor = tensors.get(one.input[1] ?? "");
    if (tensor === undefined || !isProduct(one) || !isMatrix(tensor)) return [];
    const transposed = number(one, "transB", 0) === 1;
    const [rows, columns] = tensor.dims.map(Number) as [number, number];
    const [inputs, outputs] = transposed ? [columns, rows] : [rows, columns];
    const becomes = fate(inputs, outputs, storeFrom);
    return [{ node: one, tensor, inputs, outputs, transposed, becomes }];
  });
}

/** `MatMul`, or `Gemm` as a layer has it. */
function isProduct(node: OnnxNode): boolean {
  if (node.opType === "MatMul") return true;
  const isPlain = number(node, "alpha", 1) === 1 && number(node, "beta", 1) === 1;
  return node.opType === "Gemm" && isPlain && number(node, "transA", 0) === 0;
}

function number({ attribute }: OnnxNode, name: string, usual: number): number {
  const found: OnnxAttribute | undefined = attribute.find((one) => one.name === name);
  if (found === undefined) return usual;
  return name.startsWith("trans") ? Number(found.i) : Number(found.f);
}

function isMatrix({ dims, dataType, rawData }: OnnxTensor): boolean {
  const float32 = 1;
  const size = dims.reduce((product: number, length) => product * Number(length), 1);
  return dataType === float32 && dims.length === 2 && rawData.length === 4 * size && size > 0;
}

function replacement(
  product: Product,
  pieces: Pieces,
  unfolded: Map<OnnxTensor, string>,
): readonly OnnxNode[] {
  if (product.becomes === "multiplied") return multiplied(product, pieces);
  return product.becomes === "stored" ? stored(product, pieces, unfolded) : [product.node];
}

/**
 * The same product, of a matrix that is unfolded from 8 bits; ONNX Runtime does that once, when it loads the graph.
 *
 * @param unfolded matrices that are unfolded already, and the names of what they become: one may stand in several products
 */
function stored(
  product: Product,
  pieces: Pieces,
  unfolded: Map<OnnxTensor, string>,
): readonly OnnxNode[] {
  const { node, tensor, outputs, transposed } = product;
  const add = pieces.within(node);
  const unfold = (): string => {
    const { values, scales } = quantizeMatrix(weightsOf(tensor), product, STORED_LARGEST);
    const floats = add.node("Cast", [add.bytes("weights", values, tensor.dims)], pieces.toFloat);
    const scale = add.floats("scales", scales, transposed ? [outputs, 1] : [outputs]);
    return add.node("Mul", [floats, scale]);
  };
  const weights = unfolded.get(tensor) ?? unfold();
  unfolded.set(tensor, weights);
  const [first = "", , ...others] = node.input;
  return [...add.nodes, pieces.copy(node, [first, weights, ...others])];
}

function multiplied(product: Product, pieces: Pieces): readonly OnnxNode[] {
  const { node, tensor, inputs, outputs, transposed } = product;
  const [input = "", , bias] = node.input;
  const { values, scales } = quantizeMatrix(weightsOf(tensor), product, MULTIPLIED_LARGEST);
  const byInput = transposed ? transpose(values, inputs, outputs) : values;
  const { zero, step, tiny } = pieces.constants();
  const add = pieces.within(node);
  const largest = pieces.largestOfRow(add, add.node("Abs", [input]));
  const reach = add.node("Max", [largest, tiny]);
  const bytes = add.node("QuantizeLinear", [add.node("Div", [input, reach]), step, zero]);
  const weights = add.bytes("weights", byInput, [inputs, outputs]);
  const sums = add.node("MatMulInteger", [bytes, weights, zero]);
  const perStep = scales.map((scale) => scale / pieces.steps);
  const scale = add.floats("scales", perStep, [outputs]);
  const scaled = add.node("Mul", [add.node("Cast", [sums], pieces.toFloat), scale]);
  if (bias === undefined || bias === "") return add.finish("Mul", [scaled, reach]);
  return add.finish("Add", [add.node("Mul", [scaled, reach]), bias]);
}

function weightsOf({ rawData }: OnnxTensor): Float32Array {
  return new Float32Array(Uint8Array.from(rawData).buffer);
}

/** Everything that a graph refers to, bodies of loops and branches included. */
function namesUsed(graph: OnnxGraph): string[] {
  const inNodes = graph.node.flatMap(({ input, attribute }) => [
    ...input,
    ...attribute.flatMap(({ g }) => (g ? namesUsed(g) : [])),
  ]);
  return [...inNodes, ...graph.output.map(({ name }) => name)];
}

function nothingToDo(name: string, opset: number, stays: boolean): GatewayError {
  const size = stays ? `${STORE_FROM} weights` : `${MULTIPLY_FROM} x ${MULTIPLY_FROM} weights`;
  const why =
    opset < OLDEST_OPSET
      ? `it uses version ${opset} of the ONNX operators, and 8 bits take ${OLDEST_OPSET} or later`
      : `it has no constant float32 matrix of ${size} or more`;
  return new GatewayError("MODEL_MISMATCH", `model "${name}" cannot be put into 8 bits: ${why}`, {
    hint: stays
      ? "Use the model as it is."
      : "Choose between int8 and ort: the ORT format unfolds matrices that are only stored in 8 bits.",
  });
}
