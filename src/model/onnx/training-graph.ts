import { addAdam } from "./adam.ts";
import { addBackwardPass, addScale } from "./backward-pass.ts";
import { type AddForwardPass, addRows, forwardPassOf, type WindowShape } from "./forward-pass.ts";
import { createGraph, type GraphBuilder } from "./graph-builder.ts";
import {
  cellsOf,
  type NetworkDesign,
  OPSET,
  parameterShapes,
  type Shape,
  sizeOf,
} from "./network.ts";
import { encodeModel } from "./schema.ts";

/** Names of the graph's inputs; every output has the name of its input with `next_` before it. */
export const parameterName = (place: number): string => `parameter_${place}`;
export const momentName = (place: number): string => `moment_${place}`;
export const varianceName = (place: number): string => `variance_${place}`;
const KINDS = [parameterName, momentName, varianceName];

/**
 * Encodes the trainer: one ONNX graph whose `Loop` runs forward pass, backward pass and an Adam step over any number of minibatches.
 *
 * Inputs: `frames [rows, tags]` normalized, `starts [batches, batch]` the first row of every window, `step` how many
 * batches came before, `learning_rate`, `loss_limit` above which a window teaches nothing, and for every parameter
 * its value, moment and variance. Outputs: the new values, moments and variances, `next_step`, and
 * `losses [batches, batch, 1]`, the mean squared error of every window before the step of its batch.
 * Windows are gathered from the frames batch by batch, so overlapping windows cost no memory.
 */
export function encodeTrainer(design: NetworkDesign, window: WindowShape): Uint8Array {
  const shapes = parameterShapes(design.layers);
  const graph = createGraph("train");
  graph.input("frames", "float32", ["rows", window.tags]);
  graph.input("starts", "int64", ["batches", "batch"]);
  for (const name of ["learning_rate", "loss_limit", "step"]) graph.input(name, "float32", []);
  const state = KINDS.flatMap((nameOf) =>
    pack(
      graph,
      shapes.map((shape, place) => graph.input(nameOf(place), "float32", shape)),
    ),
  );
  const body = loopBody(design, {
    rows: addRows(graph, "starts", window.length),
    scale: addScale(graph, "starts", cellsOf(design)),
    addForwardPass: forwardPassOf(graph, design, window),
  });
  const batches = graph.node("Gather", [
    graph.node("Shape", ["starts"]),
    graph.constant(BigInt64Array.of(0n), []),
  ]);
  const inputs = [batches, "", "step", ...state];
  const results = graph.nodes("Loop", inputs, state.length + 2, { body: { graph: body } });

  const perKind = state.length / KINDS.length;
  graph.output("next_step", results[0] as string, "float32", []);
  KINDS.forEach((nameOf, kind) => {
    const packed = results.slice(1 + kind * perKind, 1 + (kind + 1) * perKind);
    unpack(graph, packed, shapes).forEach((value, place) => {
      graph.output(`next_${nameOf(place)}`, value, "float32", shapes[place] as Shape);
    });
  });
  graph.output("losses", results.at(-1) as string, "float32", ["batches", "batch", 1]);
  return encodeModel(graph.build(), OPSET, []);
}

/**
 * Encodes the forward pass over windows gathered from frames, with the parameters as inputs:
 * `frames`, `starts [batch]`, `parameter_*` -> `losses [batch, 1]`, the mean squared error of every window in the
 * weights of the design.
 */
export function encodeEvaluator(design: NetworkDesign, window: WindowShape): Uint8Array {
  const graph = createGraph("evaluate");
  graph.input("frames", "float32", ["rows", window.tags]);
  graph.input("starts", "int64", ["batch"]);
  const names = parameterShapes(design.layers).map((shape, place) =>
    graph.input(parameterName(place), "float32", shape),
  );
  const addForwardPass = forwardPassOf(graph, design, window);
  const { losses } = addForwardPass(graph, addRows(graph, "starts", window.length), names);
  graph.output("losses", losses, "float32", ["batch", 1]);
  return encodeModel(graph.build(), OPSET, []);
}

/** Values of the graph around the loop. */
interface Around {
  /** Shape `[batches, batch, length]`. */
  readonly rows: string;
  readonly scale: string;
  readonly addForwardPass: AddForwardPass;
}

function loopBody(
  { layers, activation }: NetworkDesign,
  { rows, scale, addForwardPass }: Around,
): object {
  const shapes = parameterShapes(layers);
  const graph = createGraph("batch");
  const iteration = graph.input("iteration", "int64", []);
  graph.input("go_on", "bool", []);
  const before = graph.input("before", "float32", []);
  const [parameters = [], moments = [], variances = []] = KINDS.map((nameOf) =>
    packedShapes(shapes).map((shape, place) =>
      graph.input(`loop_${nameOf(place)}`, "float32", shape),
    ),
  );
  const unpacked = unpack(graph, parameters, shapes);
  const forward = addForwardPass(graph, graph.node("Gather", [rows, iteration]), unpacked);
  const gradients = pack(graph, addBackwardPass(graph, forward, unpacked, activation, scale));
  const step = graph.node("Add", [before, graph.scalar(1)]);
  const adam = addAdam(graph, step, "learning_rate");
  const updates = gradients.map((gradient, place) =>
    adam(
      gradient,
      parameters[place] as string,
      moments[place] as string,
      variances[place] as string,
    ),
  );

  graph.output("next_go_on", "go_on", "bool", []);
  graph.output("next_step", step, "float32", []);
  KINDS.forEach((nameOf, kind) => {
    packedShapes(shapes).forEach((shape, place) => {
      graph.output(`body_${nameOf(place)}`, updates[place]?.[kind] as string, "float32", shape);
    });
  });
  graph.output("batch_losses", forward.losses, "float32", ["batch", 1]);
  return graph.build();
}

/** How the loop carries the values of all layers: weights one by one, biases in one piece, which makes fewer nodes. */
function pack(graph: GraphBuilder, values: readonly string[]): readonly string[] {
  const biases = values.filter((_, place) => place % 2 === 1);
  return [
    ...values.filter((_, place) => place % 2 === 0),
    graph.node("Concat", biases, { axis: { int: 0 } }),
  ];
}

function packedShapes(shapes: readonly Shape[]): readonly Shape[] {
  return [
    ...shapes.filter((_, place) => place % 2 === 0),
    [biasSizes(shapes).reduce((a, b) => a + b)],
  ];
}

function unpack(
  graph: GraphBuilder,
  packed: readonly string[],
  shapes: readonly Shape[],
): readonly string[] {
  const sizes = biasSizes(shapes);
  const all = [packed.at(-1) as string, graph.integers(...sizes)];
  const biases = graph.nodes("Split", all, sizes.length, { axis: { int: 0 } });
  return shapes.map(
    (_, place) => (place % 2 === 0 ? packed[place / 2] : biases[(place - 1) / 2]) as string,
  );
}

function biasSizes(shapes: readonly Shape[]): readonly number[] {
  return shapes.filter((_, place) => place % 2 === 1).map(sizeOf);
}
