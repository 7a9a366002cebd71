import { createGraph, type GraphBuilder } from "../../../src/model/onnx/graph-builder.ts";
import { decodeModel, encodeChanged, encodeModel } from "../../../src/model/onnx/schema.ts";
import { foldLinearPart } from "../../../src/model/optimize/fold-linear-part.ts";
import {
  type QuantizedMatrices,
  quantizeGraph,
} from "../../../src/model/optimize/quantize-graph.ts";
import { measureRanges } from "../../../src/model/optimize/value-ranges.ts";
import { openSession } from "../../../src/model/runtime.ts";

/** A graph `windows [n, cells] -> reconstruction [n, outputs]`. */
export function graphOf(
  cells: number,
  outputs: number,
  write: (graph: GraphBuilder, windows: string) => string,
  opset = 17,
): Uint8Array {
  const graph = createGraph("network");
  const windows = graph.input("windows", "float32", ["n", cells]);
  graph.output("reconstruction", write(graph, windows), "float32", ["n", outputs]);
  return encodeModel(graph.build(), opset, []);
}

/** @param usual what the graph is given usually; its ranges are measured on them, and nothing is multiplied in 8 bits without */
export async function inEightBits(
  onnx: Uint8Array,
  { usual, cells = 1, stays = true }: { usual?: Float32Array; cells?: number; stays?: boolean },
): Promise<{ bytes: Uint8Array; matrices: QuantizedMatrices }> {
  const model = decodeModel(onnx, "network");
  foldLinearPart(model.graph);
  const ranges =
    usual === undefined ? new Map() : await measureRanges(model, "network", usual, cells);
  const matrices = quantizeGraph(model, "network", { ranges, stays });
  return { bytes: encodeChanged(model), matrices };
}

export async function answer(
  onnx: Uint8Array,
  windows: Float32Array,
  cells: number,
): Promise<Float32Array> {
  const session = await openSession(onnx, "network");
  const feeds = { windows: { data: windows, dimensions: [windows.length / cells, cells] } };
  const { reconstruction } = await session.run(feeds);
  await session.release();
  return reconstruction?.data as Float32Array;
}

/** Root mean square of the difference, by that of `expected`. */
export function relativeError(got: Float32Array, expected: Float32Array): number {
  let [off, size] = [0, 0];
  expected.forEach((value, place) => {
    off += (value - (got[place] ?? Number.NaN)) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(off / size);
}
