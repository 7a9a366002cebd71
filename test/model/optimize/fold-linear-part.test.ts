import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/math/random.ts";
import {
  encodeNetwork,
  initialParameters,
  type NetworkDesign,
} from "../../../src/model/onnx/network.ts";
import { decodeModel, encodeChanged } from "../../../src/model/onnx/schema.ts";
import { foldLinearPart } from "../../../src/model/optimize/fold-linear-part.ts";
import { answer, graphOf, inEightBits, relativeError } from "./graph-run.ts";

const CELLS = 96;
const random = createRandom(5);
const normals = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.normal());
const windows = normals(40 * CELLS);

/** Two components at right angles: each takes half the cells. */
const components = Float32Array.from({ length: 2 * CELLS }, (_, place) =>
  place % CELLS < CELLS / 2 === place < CELLS ? Math.sqrt(2 / CELLS) : 0,
);

function networkWith(hidden: readonly number[]): Uint8Array {
  const layers = [CELLS, ...hidden, CELLS];
  const linear = { rank: 2, components };
  const design: NetworkDesign = { layers, activation: "relu", linear };
  const parameters = initialParameters({ layers, activation: "relu" }, 1);
  return encodeNetwork(design, parameters, []);
}

function folded(onnx: Uint8Array): { bytes: Uint8Array; operators: readonly string[] } {
  const model = decodeModel(onnx, "network");
  foldLinearPart(model.graph);
  return {
    bytes: encodeChanged(model),
    operators: model.graph.node.map(({ opType }) => opType),
  };
}

describe("foldLinearPart", () => {
  it("answers the same with two passes less", async () => {
    const onnx = networkWith([64, 8, 64]);
    const { bytes, operators } = folded(onnx);
    expect(operators).not.toContain("Sub");
    expect(operators).not.toContain("Add");
    const [expected, got] = [
      await answer(onnx, windows, CELLS),
      await answer(bytes, windows, CELLS),
    ];
    expect(relativeError(got, expected)).toBeLessThan(1e-5);
  });

  it("leaves the linear part in float: it goes on where the range of the layers ends", async () => {
    const onnx = networkWith([64, 8, 64]);
    const { bytes, matrices } = await inEightBits(onnx, { usual: windows, cells: CELLS });
    expect(matrices.multiplied).toBe(2);
    const high = components.map((component) => 1e5 * component).subarray(0, CELLS);
    const got = await answer(bytes, high, CELLS);
    expect(relativeError(got, high)).toBeLessThan(1e-3);
  });

  it("leaves graphs alone whose layers are too small for 8 bits", () => {
    const onnx = networkWith([16]);
    expect(Buffer.from(folded(onnx).bytes)).toEqual(Buffer.from(onnx));
  });

  it("keeps what something else needs", async () => {
    const square = normals(CELLS * CELLS);
    const onnx = graphOf(CELLS, CELLS, (graph, input) => {
      const matrix = graph.constant(components, [2, CELLS]);
      const latent = graph.node("Gemm", [input, matrix], { transB: { int: 1 } });
      const explained = graph.node("Gemm", [latent, matrix]);
      const rest = graph.node("Sub", [input, explained]);
      const learnt = graph.node("Gemm", [rest, graph.constant(square, [CELLS, CELLS])]);
      const sum = graph.node("Add", [explained, graph.node("Tanh", [learnt])]);
      return graph.node("Mul", [graph.node("Mul", [rest, explained]), sum]);
    });
    const { bytes, operators } = folded(onnx);
    expect(operators).toContain("Sub");
    const [expected, got] = [
      await answer(onnx, windows, CELLS),
      await answer(bytes, windows, CELLS),
    ];
    expect(relativeError(got, expected)).toBeLessThan(1e-4);
  });

  it("folds nothing where what is subtracted is no linear part of the same value", () => {
    const onnx = graphOf(CELLS, CELLS, (graph, input) => {
      const matrix = graph.constant(components, [2, CELLS]);
      const latent = graph.node("Gemm", [graph.node("Relu", [input]), matrix], {
        transB: { int: 1 },
      });
      const rest = graph.node("Sub", [input, graph.node("Gemm", [latent, matrix])]);
      return graph.node("Gemm", [rest, graph.constant(normals(CELLS * CELLS), [CELLS, CELLS])]);
    });
    expect(Buffer.from(folded(onnx).bytes)).toEqual(Buffer.from(onnx));
  });
});
