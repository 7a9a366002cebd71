import type { GoldenPair } from "../../core/model-card.ts";
import { encodeFloats } from "../load-model.ts";
import type { WindowShape } from "../onnx/forward-pass.ts";
import type { OnnxSession } from "../runtime.ts";
import { runGraph } from "../scoring/run-graph.ts";

/** Records what a graph answers to the first window and the last. */
export async function recordGolden(
  frames: Float32Array,
  starts: Uint32Array,
  { length, tags }: WindowShape,
  session: OnnxSession,
): Promise<readonly GoldenPair[]> {
  const pairs: GoldenPair[] = [];
  for (const start of [starts[0] as number, starts.at(-1) as number]) {
    const input = frames.slice(start * tags, (start + length) * tags);
    const output = await runGraph(session, input, input.length);
    pairs.push({ input: encodeFloats(input), output: encodeFloats(output) });
  }
  return pairs;
}
