import { addAdam } from "./adam.ts";
import { createGraph, type GraphBuilder } from "./graph-builder.ts";
import {
  type Activation,
  addComponents,
  addLayers,
  cellsOf,
  type NetworkDesign,
  OPSET,
  parameterShapes,
  type Shape,
} from "./network.ts";
import { encodeModel } from "./schema.ts";

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
 * batches came before, `learning_rate`, `loss_limit` above which a window teaches nothing, and for every parameter
 * its value, moment and variance. Outputs: the new values, moments and variances, `next_step`, and
 * `losses [batches, batch]`, the mean squared error of every window before the step of its batch.
 * Windows are gathered from the frames batch by batch, so overlapping windows cost no memory.
 */
export function encodeTrainer(design: NetworkDesign, window: WindowShape): Uint8Array {
  const shapes = parameterShapes(design.layers);
  const graph = createGraph("train");
  graph.input("frames", "float32", ["rows", window.tags]);
  graph.input("starts", "int64", ["batches", "batch"]);
  graph.input("learning_rate", "float32", []);
  graph.input("loss_limit", "float32", []);
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
  const body = loopBody(shapes, addLoss(graph, design, window), design.activation);
  const results = graph.nodes("Loop", [batches, "", ...state], state.length + 1, {
    body: { graph: body },
  });
  state.forEach((name, place) => {
    graph.output(`next_${name}`, results[place] as string, "float32", shapeOf(name, shapes));
  });
  graph.output("losses", results[state.length] as string, "float32", ["batches", "batch"]);
  return encodeModel(graph.build(), OPSET, []);
}

/**
 * Encodes the forward pass over windows gathered from frames, with the parameters as inputs:
 * `frames`, `starts [batch]`, `parameter_*` -> `losses [batch]`, the mean squared error of every window in the
 * weights of the design, and `squares [batch, tags]`, the plain squared residuals summed tag by tag.
 */
export function encodeEvaluator(design: NetworkDesign, window: WindowShape): Uint8Array {
  const graph = createGraph("evaluate");
  graph.input("frames", "float32", ["rows", window.tags]);
  graph.input("starts", "int64", ["batch"]);
  const names = parameterShapes(design.layers).map((shape, place) =>
    graph.input(parameterName(place), "float32", shape),
  );
  const { losses, error } = addLoss(graph, design, window)(graph, "starts", names);
  const shaped = graph.node("Reshape", [error, graph.integers(-1, window.length, window.tags)]);
  const squares = graph.node("ReduceSumSquare", [shaped], {
    axes: { ints: [1] },
    keepdims: { int: 0 },
  });
  graph.output("losses", losses, "float32", ["batch"]);
  graph.output("squares", squares, "float32", ["batch", window.tags]);
  return encodeModel(graph.build(), OPSET, []);
}

/** What the forward pass leaves behind for the backward pass. */
export interface ForwardPass {
  /** Input and output of every layer. */
  readonly activations: readonly string[];
  /** Shape `[batch, cells]`: reconstruction minus window. */
  readonly error: string;
  /** Shape `[batch, cells]`: the same in the weights of the loss. */
  readonly weighted: string;
  /** Shape `[batch]`. */
  readonly losses: string;
}

/** Adds the design's fixed numbers to a graph, and returns what adds the forward pass (also to a body of that graph). */
export function addLoss(
  outer: GraphBuilder,
  design: NetworkDesign,
  window: WindowShape,
): (graph: GraphBuilder, starts: string, parameters: readonly string[]) => ForwardPass {
  const { cellWeights, activation } = design;
  const addLinear = addComponents(outer, design);
  const weights =
    cellWeights === undefined
      ? undefined
      : outer.constant(cellWeights, [cellsOf(design)], "cell_weights");
  const noLayers = outer.scalar(0);

  return (graph, starts, parameters) => {
    const windows = addGather(graph, starts, window);
    const explained = addLinear(graph, windows);
    // What the layers are to reconstruct is what they are given, with a linear part or without.
    const rest = explained === undefined ? windows : graph.node("Sub", [windows, explained]);
    const activations = addLayers(graph, rest, parameters, activation);
    const learnt = parameters.length === 0 ? noLayers : (activations.at(-1) as string);
    const error = graph.node("Sub", [learnt, rest]);
    const weighted = weights === undefined ? error : graph.node("Mul", [error, weights]);
    const squared = graph.node("Mul", [error, weighted]);
    const losses = graph.node("ReduceMean", [squared], {
      axes: { ints: [1] },
      keepdims: { int: 0 },
    });
    return { activations, error, weighted, losses };
  };
}

function loopBody(
  shapes: readonly Shape[],
  addForward: ReturnType<typeof addLoss>,
  activation: Activation,
): object {
  const graph = createGraph("batch");
  const iteration = graph.input("iteration", "int64", []);
  graph.input("go_on", "bool", []);
  const inLoop = (name: string): string => `loop_${name}`;
  for (const name of ["step", ...stateNames(shapes)]) {
    graph.input(inLoop(name), "float32", shapeOf(name, shapes));
  }
  const starts = graph.node("Gather", ["starts", iteration]);
  const parameters = shapes.map((_, place) => inLoop(parameterName(place)));
  const forward = addForward(graph, starts, parameters);
  const gradients = addBackward(graph, forward, parameters, activation);
  const step = graph.node("Add", [inLoop("step"), graph.scalar(1)]);
  const adam = addAdam(graph, step, "learning_rate");

  graph.output("next_go_on", "go_on", "bool", []);
  graph.output("next_step", step, "float32", []);
  gradients.forEach((gradient, place) => {
    const state = [parameterName(place), momentName(place), varianceName(place)];
    const next = adam(gradient, state.map(inLoop));
    state.forEach((name, part) => {
      graph.output(`body_${name}`, next[part] as string, "float32", shapes[place] as Shape);
    });
  });
  graph.output("batch_losses", forward.losses, "float32", ["batch"]);
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

/**
 * Adds the backward pass of the mean loss of a batch, in which windows above `loss_limit` count as without error.
 *
 * @returns the names of the gradients, in the order of the parameters
 */
export function addBackward(
  graph: GraphBuilder,
  { activations, weighted, losses }: ForwardPass,
  parameters: readonly string[],
  activation: Activation,
): readonly string[] {
  const within = graph.node("LessOrEqual", [losses, "loss_limit"]);
  const counted = graph.node("Cast", [within], { to: { int: 1 } });
  const cells = graph.node("Cast", [graph.node("Size", [weighted])], { to: { int: 1 } });
  const factor = graph.node("Div", [graph.node("Mul", [counted, graph.scalar(2)]), cells]);
  const column = graph.node("Unsqueeze", [factor, graph.integers(1)]);
  let delta = graph.node("Mul", [weighted, column]);

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
    delta = graph.node("Mul", [back, addSlope(graph, before, activation)]);
  }
  return gradients;
}

/** Adds the slope of the activation function, from its value. */
function addSlope(graph: GraphBuilder, value: string, activation: Activation): string {
  if (activation === "relu") return graph.node("Sign", [value]);
  return graph.node("Sub", [graph.scalar(1), graph.node("Mul", [value, value])]);
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
