import type { GoldenPair, ModelCard } from "../../core/model-card.ts";
import { GatewayError } from "../../errors.ts";
import { decodeFloats, encodeFloats } from "../load-model.ts";
import { encodeChanged, type OnnxModel } from "../onnx/schema.ts";
import { openSession } from "../runtime.ts";
import { runGraph } from "../scoring/run-graph.ts";
import type { AnswerChange } from "./optimize-report.ts";

/** What a changed graph answers to the recorded windows. */
export interface Answered {
  readonly golden: readonly GoldenPair[];
  readonly change: AnswerChange;
}

/** Answers that are off by more, relative, are no rounding. */
const MAX_CHANGE = 0.1;
/** Answers are not taken for smaller, normalized units. */
export const LEAST_SIZE = 1e-3;

/** Runs the golden windows of a card through a changed graph. */
export async function answerAgain(
  { name, golden, windowLength, tags }: ModelCard,
  onnx: OnnxModel,
): Promise<Answered> {
  const session = await openSession(encodeChanged(onnx), name);
  const answered: GoldenPair[] = [];
  try {
    for (const { input } of golden) {
      const answer = await runGraph(session, decodeFloats(input), windowLength * tags.length);
      answered.push({ input, output: encodeFloats(answer) });
    }
  } finally {
    await session.release();
  }
  const before = outputsOf(golden);
  const differences = subtract(outputsOf(answered), before);
  const change = {
    windows: golden.length,
    maxDifference: differences.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    relative: golden.length === 0 ? 0 : rms(differences) / Math.max(rms(before), LEAST_SIZE),
  };
  return { golden: answered, change };
}

/** @throws GatewayError `MODEL_MISMATCH` when answers are quite other ones */
export function requireAlike(name: string, { relative }: AnswerChange): void {
  if (relative <= MAX_CHANGE) return;
  throw new GatewayError(
    "MODEL_MISMATCH",
    `model "${name}": expected answers within ${percent(MAX_CHANGE)} of those before, got ${percent(relative)} off`,
    { hint: "Use the model as it is: its weights cannot be rounded to 8 bits." },
  );
}

/**
 * How large the change of the answers is beside what they are judged by: the residuals of a reconstruction, the answers themselves where
 * the graph gives scores. Root mean squares; `NaN` without recorded windows.
 */
export function noiseOf({ golden, output }: ModelCard, answered: Answered): number {
  const before = outputsOf(golden);
  const noise = rms(subtract(outputsOf(answered.golden), before));
  const judged = output === "score" ? before : subtract(inputsOf(golden), before);
  return golden.length === 0 ? Number.NaN : noise / Math.max(rms(judged), LEAST_SIZE);
}

export function outputsOf(golden: readonly GoldenPair[]): readonly number[] {
  return golden.flatMap(({ output }) => [...decodeFloats(output)]);
}

export function rms(values: readonly number[]): number {
  return Math.sqrt(
    values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length),
  );
}

export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

function inputsOf(golden: readonly GoldenPair[]): readonly number[] {
  return golden.flatMap(({ input }) => [...decodeFloats(input)]);
}

function subtract(values: readonly number[], others: readonly number[]): readonly number[] {
  return values.map((value, place) => value - (others[place] as number));
}
