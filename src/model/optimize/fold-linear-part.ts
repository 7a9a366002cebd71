import type { OnnxGraph, OnnxNode, OnnxTensor } from "../onnx/schema.ts";
import {
  floatsOf,
  isWorthMultiplying,
  namesUsed,
  type Product,
  productsOf,
} from "./graph-products.ts";

/**
 * Takes two passes over the windows out of a network with a linear part, `linear(x) + layers(x - linear(x))`, in place.
 *
 * As `linear(x)` is `x C' C`, the first layer can do the subtraction: `(x - x C' C) W = x (W - C' C W)`. And the linear part can be added by the
 * product that makes it. The answers are the same to within rounding.
 */
export function foldLinearPart(graph: OnnxGraph): void {
  const products = productsOf(graph);
  for (const layer of products.filter(isWorthMultiplying)) {
    const linear = linearPartBefore(layer, products, graph);
    if (linear === undefined) continue;
    subtractInLayer(graph, layer, linear);
    addInProduct(graph, linear.back, products);
  }
}

interface LinearPart {
  readonly windows: string;
  /** Shape `[rank, cells]`. */
  readonly components: OnnxTensor;
  /** The product that goes from the latent values back to windows. */
  readonly back: Product;
}

function linearPartBefore(
  { node: { input } }: Product,
  products: readonly Product[],
  { node }: OnnxGraph,
): LinearPart | undefined {
  const makes = (name = "") => products.find((one) => one.node.output[0] === name);
  const rest = node.find(({ opType, output }) => opType === "Sub" && output[0] === input[0]);
  const [windows = "", explained] = rest?.input ?? [];
  const back = makes(explained);
  const forth = makes(back?.node.input[0]);
  if (back === undefined || forth?.node.input[0] !== windows) return undefined;
  const isLinear = back.tensor === forth.tensor && forth.transposed && !back.transposed;
  const isPlain = [forth, back].every((one) => one.node.opType === "Gemm" && !one.node.input[2]);
  return isLinear && isPlain ? { windows, components: back.tensor, back } : undefined;
}

/** Lets the layer take the windows as they are. */
function subtractInLayer(
  graph: OnnxGraph,
  layer: Product,
  { windows, components }: LinearPart,
): void {
  const name = `${layer.tensor.name}/rest`;
  const weights = withoutComponents(layer, floatsOf(components));
  const rawData = new Uint8Array(weights.buffer);
  const [rest = "", , ...others] = layer.node.input;
  graph.initializer = [...graph.initializer, { ...tensorOf(layer.tensor), name, rawData }];
  replaceNode(graph, layer.node, { input: [windows, name, ...others] });
  if (namesUsed(graph).includes(rest)) return;
  graph.node = graph.node.filter(({ output }) => output[0] !== rest);
}

/** `W - C' C W`, as `W` lies in memory. */
function withoutComponents(
  { tensor, inputs, outputs, transposed }: Product,
  components: Float32Array,
): Float32Array {
  const weights = floatsOf(tensor);
  const rest = weights.slice();
  const [alongInput, alongOutput] = transposed ? [1, inputs] : [outputs, 1];
  for (let first = 0; first < components.length; first += inputs) {
    for (let output = 0; output < outputs; output += 1) {
      let along = 0;
      for (let input = 0; input < inputs; input += 1) {
        const weight = weights[input * alongInput + output * alongOutput] as number;
        along += (components[first + input] as number) * weight;
      }
      for (let input = 0; input < inputs; input += 1) {
        const cell = input * alongInput + output * alongOutput;
        rest[cell] = (rest[cell] as number) - along * (components[first + input] as number);
      }
    }
  }
  return rest;
}

/** Where what `back` makes is only added to what a layer makes, lets it take that as its bias. */
function addInProduct(
  graph: OnnxGraph,
  { node: back }: Product,
  products: readonly Product[],
): void {
  const [explained = ""] = back.output;
  const isUsedOnce = namesUsed(graph).filter((name) => name === explained).length === 1;
  const sum = graph.node.find(({ input }) => input.includes(explained));
  const learnt = sum?.input.find((name) => name !== explained);
  const isLayer = products.some(({ node }) => node.opType === "Gemm" && node.output[0] === learnt);
  if (sum?.opType !== "Add" || !isUsedOnce || !isLayer) return;
  const input = [...back.input.slice(0, 2), learnt ?? ""];
  replaceNode(graph, sum, { ...nodeOf(back), input, output: sum.output });
  graph.node = graph.node.filter((node) => node !== back);
}

function replaceNode(graph: OnnxGraph, old: OnnxNode, change: Partial<OnnxNode>): void {
  graph.node = graph.node.map((node) => (node === old ? { ...nodeOf(node), ...change } : node));
}

/** Without what lies in the message that was read. */
function nodeOf({ opType, name, input, output, attribute }: OnnxNode): OnnxNode {
  return { opType, name, input, output, attribute };
}

function tensorOf({ name, dims, dataType, rawData }: OnnxTensor): OnnxTensor {
  return { name, dims, dataType, rawData };
}
