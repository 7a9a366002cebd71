import { createRandom } from "../../math/random.ts";
import { createGraph, type GraphBuilder } from "./graph-builder.ts";
import { encodeModel, type OnnxMetadata } from "./schema.ts";

/** Version of the ONNX operators that our graphs use; understood by ONNX Runtime 1.15 and later. */
export const OPSET = 17;

/** Shape of one parameter tensor: `[inputs, outputs]` of a weight matrix, `[outputs]` of a bias. */
export type Shape = readonly number[];

/** Sizes of the layers, input and output included, e.g. `[256, 128, 16, 128, 256]`. */
export type Layers = readonly number[];

/** Shapes of a network's parameters: weights and bias of the first layer, then of the second, … */
export function parameterShapes(layers: Layers): readonly Shape[] {
  return layers
    .slice(1)
    .flatMap((outputs, layer) => [[layers[layer] as number, outputs], [outputs]]);
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Random weights (Glorot and Bengio 2010, uniform) and zero biases, the same for the same seed. */
export function initialParameters(layers: Layers, seed: number): readonly Float32Array[] {
  const random = createRandom(seed);
  return parameterShapes(layers).map((shape) => {
    const [inputs = 0, outputs] = shape;
    if (outputs === undefined) return new Float32Array(inputs);
    const limit = Math.sqrt(6 / (inputs + outputs));
    return Float32Array.from(
      { length: inputs * outputs },
      () => limit * (2 * random.uniform() - 1),
    );
  });
}

/**
 * Adds the dense network: tanh in the hidden layers, a linear output layer.
 *
 * @returns the names of the activations, the network's input first and its output last
 */
export function addForward(
  graph: GraphBuilder,
  input: string,
  parameters: readonly string[],
): readonly string[] {
  const activations = [input];
  for (let place = 0; place < parameters.length; place += 2) {
    const [weights, bias] = parameters.slice(place, place + 2) as [string, string];
    const sum = graph.node("Gemm", [activations.at(-1) as string, weights, bias]);
    const isLast = place + 2 === parameters.length;
    activations.push(isLast ? sum : graph.node("Tanh", [sum]));
  }
  return activations;
}

/** The file that scores: `windows [n, cells] -> reconstruction [n, cells]`, normalized float32. */
export function encodeNetwork(
  layers: Layers,
  parameters: readonly Float32Array[],
  metadata: readonly OnnxMetadata[],
): Uint8Array {
  const cells = layers[0] as number;
  const graph = createGraph("autoencoder");
  const windows = graph.input("windows", "float32", ["n", cells]);
  const names = parameterShapes(layers).map((shape, place) =>
    graph.constant(parameters[place] as Float32Array, shape, `parameter_${place}`),
  );
  const output = addForward(graph, windows, names).at(-1) as string;
  graph.output("reconstruction", output, "float32", ["n", cells]);
  return encodeModel(graph.build(), OPSET, metadata);
}
