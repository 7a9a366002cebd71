import { createRandom, type Random } from "../../math/random.ts";
import { createGraph, type GraphBuilder } from "./graph-builder.ts";
import { encodeModel, type OnnxMetadata } from "./schema.ts";

/** Version of the ONNX operators that our graphs use; understood by ONNX Runtime 1.15 and later. */
export const OPSET = 17;

/** Shape of one parameter tensor: `[inputs, outputs]` of a weight matrix, `[outputs]` of a bias. */
export type Shape = readonly number[];

/** Sizes of the layers, input and output included, e.g. `[256, 128, 16, 128, 256]`. */
export type Layers = readonly number[];

export type Activation = "relu" | "tanh";

/** Principal components: what they explain of a window needs no network. */
export interface LinearPart {
  readonly rank: number;
  /** Shape `[rank, cells]`, rows of length one at right angles to each other. */
  readonly components: Float32Array;
}

/**
 * How a network is made: `reconstruction = linear(x) + layers(x - linear(x))`.
 *
 * The linear part is fixed, and the layers learn what it leaves over: a linear map goes on where the training data
 * ended, saturating units do not.
 */
export interface NetworkDesign {
  /** Empty for a linear part alone: principal component analysis. */
  readonly layers: Layers;
  /** Of the hidden layers; the output layer is linear. */
  readonly activation: Activation;
  readonly linear?: LinearPart;
  /**
   * Weight of every cell in the loss, shape `[cells]`.
   * @defaultValue 1 each
   */
  readonly cellWeights?: Float32Array;
}

/** Cells of a window. */
export function cellsOf({ layers, linear }: NetworkDesign): number {
  return layers[0] ?? (linear === undefined ? 0 : linear.components.length / linear.rank);
}

/** Shapes of a network's parameters: weights and bias of the first layer, then of the second, … */
export function parameterShapes(layers: Layers): readonly Shape[] {
  return layers
    .slice(1)
    .flatMap((outputs, layer) => [[layers[layer] as number, outputs], [outputs]]);
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Random weights and zero biases, the same for the same seed: for tanh uniform as in Glorot and Bengio 2010, for relu
 * as in He et al. 2015. Beside a linear part the output layer starts at zero, so that training starts from plain
 * principal components.
 */
export function initialParameters(design: NetworkDesign, seed: number): readonly Float32Array[] {
  const { layers, activation, linear } = design;
  const random = createRandom(seed);
  const shapes = parameterShapes(layers);
  return shapes.map((shape, place) => {
    const isOutput = place >= shapes.length - 2;
    if (shape.length === 1 || (isOutput && linear !== undefined)) {
      return new Float32Array(sizeOf(shape));
    }
    const [inputs, outputs] = shape as [number, number];
    const isGlorot = activation === "tanh" || isOutput;
    return uniform(sizeOf(shape), Math.sqrt(6 / (isGlorot ? inputs + outputs : inputs)), random);
  });
}

function uniform(length: number, limit: number, random: Random): Float32Array {
  return Float32Array.from({ length }, () => limit * (2 * random.uniform() - 1));
}

/**
 * Adds the layers: the activation in the hidden ones, a linear output layer.
 *
 * @returns the names of the activations, the layers' input first and their output last
 */
export function addLayers(
  graph: GraphBuilder,
  input: string,
  parameters: readonly string[],
  activation: Activation,
): readonly string[] {
  const operator = activation === "relu" ? "Relu" : "Tanh";
  const activations = [input];
  for (let place = 0; place < parameters.length; place += 2) {
    const [weights, bias] = parameters.slice(place, place + 2) as [string, string];
    const sum = graph.node("Gemm", [activations.at(-1) as string, weights, bias]);
    const isLast = place + 2 === parameters.length;
    activations.push(isLast ? sum : graph.node(operator, [sum]));
  }
  return activations;
}

/** Adds the design's fixed numbers to a graph, and returns what adds its linear part (also to a body of that graph). */
export function addComponents(
  graph: GraphBuilder,
  { linear }: NetworkDesign,
): (graph: GraphBuilder, windows: string) => string | undefined {
  if (linear === undefined) return () => undefined;
  const { rank, components } = linear;
  const name = graph.constant(components, [rank, components.length / rank], "components");
  return (inner, windows) => {
    const latent = inner.node("Gemm", [windows, name], { transB: { int: 1 } });
    return inner.node("Gemm", [latent, name]);
  };
}

/** The file that scores: `windows [n, cells] -> reconstruction [n, cells]`, normalized float32. */
export function encodeNetwork(
  design: NetworkDesign,
  parameters: readonly Float32Array[],
  metadata: readonly OnnxMetadata[],
): Uint8Array {
  const cells = cellsOf(design);
  const graph = createGraph("autoencoder");
  const windows = graph.input("windows", "float32", ["n", cells]);
  const names = parameterShapes(design.layers).map((shape, place) =>
    graph.constant(parameters[place] as Float32Array, shape, `parameter_${place}`),
  );
  const explained = addComponents(graph, design)(graph, windows);
  const rest = explained === undefined ? windows : graph.node("Sub", [windows, explained]);
  const learnt = addLayers(graph, rest, names, design.activation).at(-1) as string;
  graph.output("reconstruction", sum(graph, explained, learnt, rest), "float32", ["n", cells]);
  return encodeModel(graph.build(), OPSET, metadata);
}

/** Linear part and layers together; `learnt` is the layers' own input where there are none. */
function sum(
  graph: GraphBuilder,
  explained: string | undefined,
  learnt: string,
  rest: string,
): string {
  if (explained === undefined) return learnt;
  return learnt === rest ? explained : graph.node("Add", [explained, learnt]);
}
