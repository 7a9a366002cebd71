import type { GraphBuilder } from "./graph-builder.ts";
import { addComponents, addLayers, cellsOf, type NetworkDesign } from "./network.ts";

export interface WindowShape {
  /** Frames per window. */
  readonly length: number;
  /** Values per frame. */
  readonly tags: number;
}

/** What the forward pass leaves behind for the backward pass. */
export interface ForwardPass {
  /** Input and output of every layer. */
  readonly activations: readonly string[];
  /** Shape `[batch, cells]`: reconstruction minus window, in the weights of the loss. */
  readonly weighted: string;
  /** Shape `[batch, 1]`: mean squared error of every window in the weights of the loss. */
  readonly losses: string;
}

/** Adds a forward pass to a graph: over windows whose frames are the rows `[batch, length]` of `frames`. */
export type AddForwardPass = (
  graph: GraphBuilder,
  rows: string,
  parameters: readonly string[],
) => ForwardPass;

/** Adds the design's fixed numbers to a graph, and returns what adds its forward pass, also to a body of that graph. */
export function forwardPassOf(
  outer: GraphBuilder,
  design: NetworkDesign,
  window: WindowShape,
): AddForwardPass {
  const { cellWeights, activation } = design;
  const shape = outer.integers(-1, window.length * window.tags);
  const addLinear = addComponents(outer, design);
  const weights = cellWeights && outer.constant(cellWeights, [cellsOf(design)], "cell_weights");
  const nothing = outer.scalar(0);

  return (graph, rows, parameters) => {
    const windows = graph.node("Reshape", [graph.node("Gather", ["frames", rows]), shape]);
    const explained = addLinear(graph, windows);
    // What the layers are to reconstruct is what they are given, with a linear part or without.
    const rest = explained === undefined ? windows : graph.node("Sub", [windows, explained]);
    const activations = addLayers(graph, rest, parameters, activation);
    const learnt = parameters.length === 0 ? nothing : (activations.at(-1) as string);
    const error = graph.node("Sub", [learnt, rest]);
    const weighted = weights === undefined ? error : graph.node("Mul", [error, weights]);
    const squared = graph.node("Mul", [error, weighted]);
    const losses = graph.node("ReduceMean", [squared], { axes: { ints: [1] } });
    return { activations, weighted, losses };
  };
}

/** Adds the row numbers of windows: `start … start + length - 1` for every start, as one more dimension. */
export function addRows(graph: GraphBuilder, starts: string, length: number): string {
  const offsets = graph.integers(...Array.from({ length }, (_, row) => row));
  return graph.node("Add", [graph.node("Unsqueeze", [starts, graph.integers(-1)]), offsets]);
}
