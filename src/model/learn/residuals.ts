import { setImmediate } from "node:timers/promises";
import type { WindowShape } from "../onnx/forward-pass.ts";
import type { OnnxSession } from "../runtime.ts";
import { runGraph } from "../scoring/run-graph.ts";

/** Windows reconstructed in one run. */
const BATCH = 128;

/**
 * Reconstructs windows of prepared frames batch by batch.
 *
 * @param visit told of each window: where it and its reconstruction begin in the two arrays
 */
export async function eachReconstruction(
  session: OnnxSession,
  frames: Float32Array,
  starts: Uint32Array,
  { length, tags }: WindowShape,
  visit: (input: Float32Array, output: Float32Array, offset: number) => void,
): Promise<void> {
  const cells = length * tags;
  for (let first = 0; first < starts.length; first += BATCH) {
    const part = starts.subarray(first, first + BATCH);
    const input = new Float32Array(part.length * cells);
    part.forEach((start, place) => {
      input.set(frames.subarray(start * tags, start * tags + cells), place * cells);
    });
    const output = await runGraph(session, input, cells);
    for (let place = 0; place < part.length; place += 1) visit(input, output, place * cells);
    await setImmediate();
  }
}

/** Mean squared residual of a window's cells, which begin at `offset`. */
export function meanSquareOf(
  input: Float32Array,
  output: Float32Array,
  offset: number,
  cells: number,
): number {
  let sum = 0;
  for (let cell = offset; cell < offset + cells; cell += 1) {
    sum += ((input[cell] as number) - (output[cell] as number)) ** 2;
  }
  return sum / cells;
}
