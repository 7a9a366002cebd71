import type { ModelCard } from "../../core/model-card.ts";
import { GatewayError } from "../../errors.ts";
import type { OnnxModel } from "../onnx/schema.ts";
import { foldLinearPart } from "./fold-linear-part.ts";
import { type QuantizedMatrices, quantizeGraph } from "./quantize-graph.ts";
import { type Answered, answerAgain, noiseOf, percent } from "./recorded-answers.ts";
import { sampleWindows } from "./sample-windows.ts";
import { measureRanges } from "./value-ranges.ts";

export interface EightBits {
  readonly onnx: OnnxModel;
  readonly matrices: QuantizedMatrices;
  readonly answered: Answered;
}

/**
 * How far answers of products in 8 bits may be off, by the size of what they are judged by. At this limit the squared errors of normal windows grow by a
 * sixteenth, and their scores, which are logarithms of them, hardly move.
 */
const MAX_NOISE = 0.25;

/**
 * Puts the matrices of a model into 8 bits, and multiplies them so where its answers to the recorded windows hardly change; else they are only
 * stored so.
 *
 * @param read reads the model anew
 * @param stays whether matrices that are only stored in 8 bits stay so in the file
 * @throws GatewayError `MODEL_MISMATCH` when there is nothing to put into 8 bits, or nothing that stays so
 */
export async function putIntoEightBits(
  read: () => OnnxModel,
  card: ModelCard,
  stays: boolean,
): Promise<EightBits> {
  const fast = read();
  foldLinearPart(fast.graph);
  const cells = card.windowLength * card.tags.length;
  const ranges = await measureRanges(fast, card.name, sampleWindows(card), cells);
  const matrices = quantizeGraph(fast, card.name, { ranges, stays });
  const answered = await answerAgain(card, fast);
  const noise = noiseOf(card, answered);
  if (matrices.multiplied > 0 && noise <= MAX_NOISE) return { onnx: fast, matrices, answered };
  if (!stays) throw tooCoarse(card.name, noise);
  const small = read();
  const kept = quantizeGraph(small, card.name, { ranges: new Map(), stays });
  return { onnx: small, matrices: kept, answered: await answerAgain(card, small) };
}

function tooCoarse(name: string, noise: number): GatewayError {
  return new GatewayError(
    "MODEL_MISMATCH",
    `model "${name}" cannot be multiplied in 8 bits: expected answers off by at most ${percent(MAX_NOISE)} ` +
      `of what they are judged by, got ${percent(noise)}`,
    {
      hint: "Choose between int8 and ort: the ORT format unfolds matrices that are only stored in 8 bits.",
    },
  );
}
