import { createGraph, type GraphBuilder } from "./graph-builder.ts";
import { addForward, type Layers, OPSET, parameterShapes, type Shape } from "./network.ts";
import { encodeModel } from "./schema.ts";

/** Decay rates and guard of Adam (Kingma and Ba 2015), at their published values. */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

export interface WindowShape {
  /** Frames per window. */
  readonly length: number;
  /** Values per frame. */
  readonly tags: number;
}

/** Names of the graph's inputs; every output has the name of its input with `next_` before it. */
export const parameterName = (place: number): string => `parameter_${place}`;
export const momentName = (place: number): string => `moment_${place}`;
export const varianceName = (place: number): string => `variance_${place}`;

/**
 * Encodes the trainer: one ONNX graph whose `Loop` runs forward pass, backward pass and an Adam step over any number of minibatches.
 *
 * Inputs: `frames [rows, tags]` normalized, `starts [batches, batch]` the first row of every window, `step` how many
 * batches came before, `learning_rate`, and for every parameter its value, moment and variance. Outputs: the new
 * values, moments and variances, `next_step`, and `loss`, the sum over the batches of their mean squared error.
 * Windows are gathered from the frames batch by batch, so overlapping windows cost no memory.
 */
export function encodeTrainer(layers: Layers, window: WindowShape): Uint8Array {
  const shapes = parameterShapes(layers);
  const graph = createGraph("train");
  graph.input("frames", "float32", ["rows", window.tags]);
  graph.input("starts", "int64", ["batches", "batch"]);
  graph.input("learning_rate", "float32", []);
  const state = ["step", ...stateNames(shapes)];
  graph.input("step", "float32", []);
  shapes.forEach((shape, place) => {
    for (const name of [parameterName(place), momentName(place), varianceName(place)]) {
      graph.input(name, "float32", shape);
    }
  });
  const batches = graph.node("Gather", [
    graph.node("Shape", ["starts"]),
    graph.constant(BigInt64Array.of(0n), []),
  ]);
  const results = graph.nodes("Loop", [batches, "", ...state, graph.scalar(0)], state.length + 1, {
    body: { graph: loopBody(shapes, window) },
  });
  state.forEach((name, place) => {
    graph.output(`next_${name}`, results[place] as string, "float32", shapeOf(name, shapes));
  });
  graph.output("loss", results[state.length] as string, "float32", []);
  return encodeModel(graph.build(), OPSET, []);
}

/**
 * Encodes the forward pass over windows gathered from frames, with the parameters as inputs:
 * `frames`, `starts [batch]`, `parameter_*` -> `squares [batch, tags]`, the squared residuals of a window summed
 * tag by tag. That is all that loss and calibration need, and `length` times smaller than the residuals.
 */
export function encodeEvaluator(layers: Layers, window: WindowShape): Uint8Array {
  const graph = createGraph("evaluate");
  graph.input("frames", "float32", ["rows", window.tags]);
  graph.input("starts", "int64", ["batch"]);
  const names = addParameterInputs(graph, parameterShapes(layers));
  const input = addGather(graph, "starts", window);
  const output = addForward(graph, input, names).at(-1) as string;
  const residual = graph.node("Sub", [input, output]);
  const shaped = graph.node("Reshape", [residual, graph.integers(-1, window.length, window.tags)]);
  const squares = graph.node("ReduceSumSquare", [shaped], {
    axes: { ints: [1] },
    keepdims: { int: 0 },
  });
  graph.output("squares", squares, "float32", ["batch", window.tags]);
  return encodeModel(graph.build(), OPSET, []);
}

function loopBody(shapes: readonly Shape[], window: WindowShape): object {
  const graph = createGraph("batch");
  const iteration = graph.input("iteration", "int64", []);
  graph.input("go_on", "bool", []);
  const inLoop = (name: string): string => `loop_${name}`;
  const names = ["step", ...stateNames(shapes)];
  for (const name of names) graph.input(inLoop(name), "float32", shapeOf(name, shapes));
  graph.input("loop_loss", "float32", []);

  const starts = graph.node("Gather", ["starts", iteration]);
  const parameters = shapes.map((_, place) => inLoop(parameterName(place)));
  const { loss, gradients } = addBackward(graph, addGather(graph, starts, window), parameters);
  const step = graph.node("Add", [inLoop("step"), graph.scalar(1)]);
  const adam = addAdam(graph, step);

  graph.output("next_go_on", "go_on", "bool", []);
  graph.output("next_step", step, "float32", []);
  gradients.forEach((gradient, place) => {
    const state = [parameterName(place), momentName(place), varianceName(place)];
    const next = adam(gradient, state.map(inLoop));
    state.forEach((name, part) => {
      graph.output(`body_${name}`, next[part] as string, "float32", shapes[place] as Shape);
    });
  });
  graph.output("next_loss", graph.node("Add", ["loop_loss", loss]), "float32", []);
  return graph.build();
}

/** Adds the gathering of windows: rows `start … start + length - 1` of `frames`, flattened to `[batch, cells]`. */
export function addGather(
  graph: GraphBuilder,
  starts: string,
  { length, tags }: WindowShape,
): string {
  const column = graph.node("Unsqueeze", [starts, graph.integers(1)]);
  const offsets = graph.constant(
    BigInt64Array.from({ length }, (_, row) => BigInt(row)),
    [1, length],
  );
  const windows = graph.node("Gather", ["frames", graph.node("Add", [column, offsets])]);
  return graph.node("Reshape", [windows, graph.integers(-1, length * tags)]);
}

/** Adds forward and backward pass of the mean squared reconstruction error. */
export function addBackward(
  graph: GraphBuilder,
  input: string,
  parameters: readonly string[],
): { loss: string; gradients: readonly string[] } {
  const activations = addForward(graph, input, parameters);
  const error = graph.node("Sub", [activations.at(-1) as string, input]);
  const squared = graph.node("Mul", [error, error]);
  const loss = graph.node("ReduceMean", [squared], { keepdims: { int: 0 } });
  const cells = graph.node("Cast", [graph.node("Size", [error])], { to: { int: 1 } });
  let delta = graph.node("Div", [graph.node("Mul", [error, graph.scalar(2)]), cells]);

  const gradients: string[] = [];
  for (let layer = parameters.length / 2 - 1; layer >= 0; layer -= 1) {
    const before = activations[layer] as string;
    const weights = graph.node("Gemm", [before, delta], { transA: { int: 1 } });
    const bias = graph.node("ReduceSum", [delta, graph.integers(0)], { keepdims: { int: 0 } });
    gradients.unshift(weights, bias);
    if (layer === 0) break;
    const back = graph.node("Gemm", [delta, parameters[2 * layer] as string], {
      transB: { int: 1 },
    });
    const slope = graph.node("Sub", [graph.scalar(1), graph.node("Mul", [before, before])]); // of tanh
    delta = graph.node("Mul", [back, slope]);
  }
  return { loss, gradients };
}

/** Adds what all Adam updates of one step share, and returns the update of one parameter. */
function addAdam(
  graph: GraphBuilder,
  step: string,
): (gradient: string, state: readonly string[]) => readonly [string, string, string] {
  const constants = {
    beta1: graph.scalar(ADAM.beta1),
    beta2: graph.scalar(ADAM.beta2),
    rest1: graph.scalar(1 - ADAM.beta1),
    rest2: graph.scalar(1 - ADAM.beta2),
    one: graph.scalar(1),
    epsilon: graph.scalar(ADAM.epsilon),
  };
  const correction = (beta: string): string =>
    graph.node("Sub", [constants.one, graph.node("Pow", [beta, step])]);
  const rootCorrection2 = graph.node("Sqrt", [correction(constants.beta2)]);
  const rate = graph.node("Div", [
    graph.node("Mul", ["learning_rate", rootCorrection2]),
    correction(constants.beta1),
  ]);
  const guard = graph.node("Mul", [constants.epsilon, rootCorrection2]);
  const blend = (beta: string, old: string, rest: string, fresh: string): string =>
    graph.node("Add", [graph.node("Mul", [beta, old]), graph.node("Mul", [rest, fresh])]);

  return (gradient, [parameter, moment, variance]) => {
    const nextMoment = blend(constants.beta1, moment as string, constants.rest1, gradient);
    const squared = graph.node("Mul", [gradient, gradient]);
    const nextVariance = blend(constants.beta2, variance as string, constants.rest2, squared);
    const spread = graph.node("Add", [graph.node("Sqrt", [nextVariance]), guard]);
    const change = graph.node("Div", [graph.node("Mul", [rate, nextMoment]), spread]);
    return [graph.node("Sub", [parameter as string, change]), nextMoment, nextVariance];
  };
}

function addParameterInputs(graph: GraphBuilder, shapes: readonly Shape[]): readonly string[] {
  return shapes.map((shape, place) => graph.input(parameterName(place), "float32", shape));
}

function stateNames(shapes: readonly Shape[]): readonly string[] {
  return shapes.flatMap((_, place) => [
    parameterName(place),
    momentName(place),
    varianceName(place),
  ]);
}

function shapeOf(name: string, shapes: readonly Shape[]): Shape {
  return name === "step" ? [] : (shapes[Number(name.split("_")[1])] as Shape);
}
