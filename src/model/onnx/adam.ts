import type { GraphBuilder } from "./graph-builder.ts";

/** Decay rates and guard of Adam (Kingma and Ba 2015), at their published values. */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * Adds what all Adam updates of one step share, and returns what adds the update of one parameter.
 *
 * Moment and variance are kept without the factors `1 - beta` of their definition, which are put into the step size
 * instead: two passes over the parameters less.
 */
export function addAdam(
  graph: GraphBuilder,
  step: string,
  learningRate: string,
): (
  gradient: string,
  parameter: string,
  moment: string,
  variance: string,
) => readonly [string, string, string] {
  const { beta1, beta2, epsilon } = ADAM;
  const [decay1, decay2, one] = [graph.scalar(beta1), graph.scalar(beta2), graph.scalar(1)];
  const correction = (decay: string): string =>
    graph.node("Sub", [one, graph.node("Pow", [decay, step])]);
  const root = graph.node("Sqrt", [correction(decay2)]);
  const scaled = graph.node("Mul", [root, graph.scalar((1 - beta1) / Math.sqrt(1 - beta2))]);
  const rate = graph.node("Mul", [learningRate, graph.node("Div", [scaled, correction(decay1)])]);
  const guard = graph.node("Mul", [root, graph.scalar(epsilon / Math.sqrt(1 - beta2))]);

  return (gradient, parameter, moment, variance) => {
    const nextMoment = graph.node("Add", [graph.node("Mul", [moment, decay1]), gradient]);
    const nextVariance = graph.node("Add", [
      graph.node("Mul", [variance, decay2]),
      graph.node("Mul", [gradient, gradient]),
    ]);
    const spread = graph.node("Add", [graph.node("Sqrt", [nextVariance]), guard]);
    const change = graph.node("Mul", [graph.node("Div", [nextMoment, spread]), rate]);
    return [graph.node("Sub", [parameter, change]), nextMoment, nextVariance];
  };
}
