import type { ForwardPass } from "./forward-pass.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { Activation } from "./network.ts";

/**
 * Adds the backward pass of the mean loss of a batch, in which windows above `loss_limit` count as without error.
 *
 * @param scale as {@link addScale} makes it
 * @returns the names of the gradients, in the order of the parameters
 */
export function addBackwardPass(
  graph: GraphBuilder,
  { activations, weighted, losses }: ForwardPass,
  parameters: readonly string[],
  activation: Activation,
  scale: string,
): readonly string[] {
  const within = graph.node("LessOrEqual", [losses, "loss_limit"]);
  const factors = graph.node("Where", [within, scale, graph.scalar(0)]);
  let delta = graph.node("Mul", [weighted, factors]);

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

/** Adds the slope of the mean squared error of a batch, for an error of one half: two through the number of its cells. */
export function addScale(graph: GraphBuilder, starts: string, cells: number): string {
  const batch = graph.node("Gather", [
    graph.node("Shape", [starts]),
    graph.constant(BigInt64Array.of(-1n), []), // the last dimension
  ]);
  const windows = graph.node("Cast", [batch], { to: { int: 1 } });
  return graph.node("Div", [graph.scalar(2 / cells), windows]);
}

/** Adds the slope of the activation function, from its value. */
function addSlope(graph: GraphBuilder, value: string, activation: Activation): string {
  if (activation === "relu") return graph.node("Sign", [value]);
  return graph.node("Sub", [graph.scalar(1), graph.node("Mul", [value, value])]);
}
