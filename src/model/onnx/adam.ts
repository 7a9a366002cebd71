import type { GraphBuilder } from "./graph-builder.ts";

/** Decay rates and guard of Adam (Kingma and Ba 2015), at their published values. */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Adds what all Adam updates of one step share, and returns what adds the update of one parameter. */
export function addAdam(
  graph: GraphBuilder,
  step: string,
  learningRate: string,
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
    graph.node("Mul", [learningRate, rootCorrection2]),
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
