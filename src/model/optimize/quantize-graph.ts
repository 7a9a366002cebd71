import { GatewayError } from "../../errors.ts";
import type { OnnxModel, OnnxNode, OnnxTensor } from "../onnx/schema.ts";
import { createPieces, type Pieces } from "./graph-pieces.ts";
import {
  floatsOf,
  isStandard,
  isWorthMultiplying,
  MULTIPLY_FROM,
  namesUsed,
  type Product,
  productsOf,
} from "./graph-products.ts";
import { quantizeMatrix, transpose } from "./quantize-matrix.ts";
import type { ValueRange, ValueRanges } from "./value-ranges.ts";

/** What became of the matrices of a graph; counts. */
export interface QuantizedMatrices {
  /** Kept and multiplied in 8 bits. */
  readonly multiplied: number;
  /** Kept in 8 bits in the file, and unfolded to float32 when the model is loaded. */
  readonly stored: number;
  /** Left in float32. */
  readonly left: number;
}

export interface QuantizeOptions {
  /** Of what goes into the products; one without a range is not multiplied in 8 bits. */
  readonly ranges: ValueRanges;
  /** Whether matrices that are only stored in 8 bits stay so in the file that is to be written. */
  readonly stays: boolean;
}

/** A matrix with fewer weights stays as it is: the file would be smaller by less than 3 KB. */
const STORE_FROM = 1_024;
/** Largest 8-bit weight where they are only stored. */
const STORED_LARGEST = 127;
/**
 * Largest 8-bit weight where they are multiplied. x64 processors without VNNI add two products of an unsigned and a signed byte
 * in 16 bits, which must not overflow: 2 * 255 * 64 < 2^15. With 127, a network was off by 38 % on such a processor.
 */
const MULTIPLIED_LARGEST = 64;
/** Steps of an unsigned byte. */
const STEPS = 255;
/** First version of the ONNX operators that rounds to 8 bits. */
const OLDEST_OPSET = 10;
/** Operators of ONNX Runtime that ONNX itself does not have. */
const RUNTIME_DOMAIN = { domain: "com.microsoft", version: 1 } as const;

/**
 * Puts the matrices of a graph into 8 bits, in place.
 *
 * Where it is worth it they are multiplied in 8 bits, too: what goes in is rounded to the steps of a fixed range, and held within it, so that what is
 * answered to a window depends on nothing else.
 *
 * @throws GatewayError `MODEL_MISMATCH` when the graph has no matrix that is worth it
 */
export function quantizeGraph(
  model: OnnxModel,
  name: string,
  { ranges, stays }: QuantizeOptions,
): QuantizedMatrices {
  const { graph } = model;
  const opset = Number(model.opsetImport.find(({ domain }) => isStandard(domain))?.version ?? 0);
  const products = opset < OLDEST_OPSET ? [] : productsOf(graph);
  const fates = new Map(products.map((product) => [product, fateOf(product, ranges, stays)]));
  const count = (what: Fate["becomes"]): number =>
    new Set(products.filter((one) => fates.get(one)?.becomes === what).map(({ tensor }) => tensor))
      .size;
  const counts = { multiplied: count("multiplied"), stored: count("stored"), left: count("left") };
  if (counts.multiplied + counts.stored === 0) throw nothingToDo(name, opset, stays);
  const pieces = createPieces(graph);
  const unfolded = new Map<OnnxTensor, string>();
  const changed = new Map(
    [...fates].map(([product, fate]) => {
      const { node } = product;
      if (fate.becomes === "multiplied") return [node, multiplied(product, fate.range, pieces)];
      return [node, fate.becomes === "stored" ? stored(product, pieces, unfolded) : [node]];
    }),
  );
  graph.node = graph.node.flatMap((node) => changed.get(node) ?? [node]);
  const used = new Set(namesUsed(graph));
  graph.initializer = [...graph.initializer, ...pieces.tensors].filter((one) => used.has(one.name));
  graph.input = graph.input.filter((one) => used.has(one.name)); // old files list the weights, too
  const isKnown = model.opsetImport.some(({ domain }) => domain === RUNTIME_DOMAIN.domain);
  if (counts.multiplied > 0 && !isKnown) model.opsetImport = [...model.opsetImport, RUNTIME_DOMAIN];
  return counts;
}

type Fate =
  | { readonly becomes: "multiplied"; readonly range: ValueRange }
  | { readonly becomes: "stored" | "left" };

function fateOf(product: Product, ranges: ValueRanges, stays: boolean): Fate {
  const range = ranges.get(product.node.input[0] ?? "");
  if (range !== undefined && isWorthMultiplying(product)) return { becomes: "multiplied", range };
  const isLarge = product.inputs * product.outputs >= STORE_FROM;
  return { becomes: stays && isLarge ? "stored" : "left" };
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
    const { values, scales } = quantizeMatrix(floatsOf(tensor), product, STORED_LARGEST);
    const floats = add.node("Cast", [add.bytes("weights", values, tensor.dims)], pieces.toFloat);
    const scale = add.floats("scales", scales, transposed ? [outputs, 1] : [outputs]);
    return add.node("Mul", [floats, scale]);
  };
  const weights = unfolded.get(tensor) ?? unfold();
  unfolded.set(tensor, weights);
  const [first = "", , ...others] = node.input;
  return [...add.nodes, pieces.copy(node, [first, weights, ...others])];
}

/**
 * `MatMulIntegerToFloat` is what ONNX Runtime makes of the operators of ONNX where it can; it cannot where the step is constant, and a pass for each of
 * them takes longer than the product.
 */
function multiplied(
  product: Product,
  { low, high }: ValueRange,
  pieces: Pieces,
): readonly OnnxNode[] {
  const { node, tensor, inputs, outputs, transposed, addsVector } = product;
  const [input = "", , bias = ""] = node.input;
  const { values, scales } = quantizeMatrix(floatsOf(tensor), product, MULTIPLIED_LARGEST);
  const byInput = transposed ? transpose(values, inputs, outputs) : values;
  const add = pieces.within(node);
  const size = Math.fround((high - low) / STEPS);
  const step = add.floats("step", Float32Array.of(size), []);
  const zero = add.bytes("zero", Uint8Array.of(Math.round(-low / size)), []);
  const bytes = add.node("QuantizeLinear", [input, step, zero]);
  const weights = add.bytes("weights", byInput, [inputs, outputs]);
  const scale = add.floats("scales", scales, [outputs]);
  const operands = [bytes, weights, step, scale, zero, "", addsVector ? bias : ""];
  if (bias === "" || addsVector) {
    return add.finish("MatMulIntegerToFloat", operands, RUNTIME_DOMAIN.domain);
  }
  const sums = add.node("MatMulIntegerToFloat", operands, [], RUNTIME_DOMAIN.domain);
  return add.finish("Add", [sums, bias]);
}

function nothingToDo(name: string, opset: number, stays: boolean): GatewayError {
  const lacking = stays
    ? `constant float32 matrix of ${STORE_FROM} weights or more`
    : `layer of ${MULTIPLY_FROM} x ${MULTIPLY_FROM} weights or more with a known range`;
  const why =
    opset < OLDEST_OPSET
      ? `it uses version ${opset} of the ONNX operators, and 8 bits take ${OLDEST_OPSET} or later`
      : `it has no ${lacking}`;
  return new GatewayError("MODEL_MISMATCH", `model "${name}" cannot be put into 8 bits: ${why}`, {
    hint: stays
      ? "Use the model as it is."
      : "Choose between int8 and ort: the ORT format unfolds matrices that are only stored in 8 bits.",
  });
}
