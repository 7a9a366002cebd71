import { GatewayError } from "../../errors.ts";
import type { OnnxSession } from "../runtime.ts";

/**
 * Puts windows through a graph with one input and one output.
 *
 * @param input shape `[windows, cells]`, normalized
 * @throws GatewayError `SCORING_FAILED` when the runtime fails or answers with something that is not a finite number.
 */
export async function runGraph(
  session: OnnxSession,
  input: Float32Array,
  cells: number,
): Promise<Float32Array> {
  const feeds = { windows: { data: input, dimensions: [input.length / cells, cells] } };
  const answers = await session.run(feeds).catch((cause: unknown) => {
    throw new GatewayError("SCORING_FAILED", "ONNX Runtime failed to score a batch", { cause });
  });
  const output = Object.values(answers)[0]?.data as Float32Array;
  if (!output.every(Number.isFinite)) {
    throw new GatewayError("SCORING_FAILED", "the model answered with a number that is not finite");
  }
  return output;
}
