import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/math/random.ts";
import { decodeModel, encodeChanged } from "../../../src/model/onnx/schema.ts";
import { answer, graphOf, inEightBits, relativeError } from "./graph-run.ts";

const SIDE = 256;

/** Numbers of about the size of weights. */
function numbers(count: number, seed: number, size = 1 / 16): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => size * random.normal());
}

const windows = numbers(8 * SIDE, 9, 1);

describe("quantizeGraph", () => {
  it("multiplies large matrices in 8 bits, stores smaller ones, and leaves tiny ones alone", async () => {
    const onnx = graphOf(SIDE, SIDE, (graph, input) => {
      const wide = graph.node("Gemm", [
        input,
        graph.constant(numbers(SIDE * SIDE, 1), [SIDE, SIDE]),
        graph.constant(numbers(SIDE, 2), [SIDE]),
      ]);
      const narrow = graph.node("MatMul", [
        graph.node("Relu", [wide]),
        graph.constant(numbers(SIDE * 10, 3), [SIDE, 10]),
      ]);
      const tiny = graph.node("MatMul", [narrow, graph.constant(numbers(100, 4, 0.3), [10, 10])]);
      return graph.node("MatMul", [tiny, graph.constant(numbers(10 * SIDE, 5, 0.3), [10, SIDE])]);
    });
    const { bytes, matrices } = inEightBits(onnx);
    expect(matrices).toEqual({ multiplied: 1, stored: 2, left: 1 });
    expect(bytes.length).toBeLessThan(onnx.length / 3);
    const [expected, got] = [await answer(onnx, windows, SIDE), await answer(bytes, windows, SIDE)];
    expect(relativeError(got, expected)).toBeLessThan(0.03);
    expect(relativeError(got, expected)).toBeGreaterThan(0);
  });

  it.each([17, 18])(
    "reads weights as PyTorch writes them, with operators of version %d",
    async (opset) => {
      const write = (transposed: boolean) =>
        graphOf(
          SIDE,
          SIDE,
          (graph, input) => {
            const [first, second] = [numbers(SIDE * SIDE, 1), numbers(4 * SIDE, 2)];
            const swap = (values: Float32Array, columns: number): Float32Array =>
              values.map((_, cell) => {
                const rows = values.length / columns;
                return values[(cell % rows) * columns + Math.floor(cell / rows)] ?? Number.NaN;
              });
            const layer = (value: string, values: Float32Array, rows: number, columns: number) =>
              transposed
                ? graph.node(
                    "Gemm",
                    [value, graph.constant(swap(values, columns), [columns, rows])],
                    {
                      transB: { int: 1 },
                    },
                  )
                : graph.node("Gemm", [value, graph.constant(values, [rows, columns])]);
            const small = layer(layer(input, first, SIDE, SIDE), second, SIDE, 4);
            return layer(small, numbers(4 * SIDE, 3), 4, SIDE);
          },
          opset,
        );
      const plain = inEightBits(write(false));
      const swapped = inEightBits(write(true));
      expect(swapped.matrices).toEqual({ multiplied: 1, stored: 2, left: 0 });
      expect(await answer(swapped.bytes, windows, SIDE)).toEqual(
        await answer(plain.bytes, windows, SIDE),
      );
      expect(
        relativeError(
          await answer(swapped.bytes, windows, SIDE),
          await answer(write(true), windows, SIDE),
        ),
      ).toBeLessThan(0.03);
    },
  );

  it("adds up the largest products without overflow, also where two are added in 16 bits", async () => {
    const same = new Float32Array(SIDE * SIDE).fill(0.5);
    const onnx = graphOf(SIDE, SIDE, (graph, input) =>
      graph.node("MatMul", [input, graph.constant(same, [SIDE, SIDE])]),
    );
    const full = new Float32Array(2 * SIDE).fill(10).fill(-10, SIDE);
    const got = await answer(inEightBits(onnx).bytes, full, SIDE);
    const expected = await answer(onnx, full, SIDE);
    expect(relativeError(got, expected)).toBeLessThan(1e-5);
  });

  it("answers zeros to a window of zeros", async () => {
    const onnx = graphOf(SIDE, SIDE, (graph, input) =>
      graph.node("MatMul", [input, graph.constant(numbers(SIDE * SIDE, 1), [SIDE, SIDE])]),
    );
    const got = await answer(inEightBits(onnx).bytes, new Float32Array(SIDE), SIDE);
    expect(got).toEqual(new Float32Array(SIDE));
  });

  it("answers to a window the same, whatever comes with it in the batch", async () => {
    const onnx = graphOf(SIDE, SIDE, (graph, input) =>
      graph.node("MatMul", [input, graph.constant(numbers(SIDE * SIDE, 1), [SIDE, SIDE])]),
    );
    const { bytes } = inEightBits(onnx);
    const calm = windows.subarray(0, SIDE);
    const withStorm = new Float32Array(2 * SIDE).fill(1_000);
    withStorm.set(calm);
    const alone = await answer(bytes, calm, SIDE);
    const together = (await answer(bytes, withStorm, SIDE)).subarray(0, SIDE);
    expect(relativeError(together, alone)).toBeLessThan(1e-6);
  });

  it("keeps a matrix that something else needs, and what it does not understand", async () => {
    const onnx = graphOf(SIDE, SIDE, (graph, input) => {
      const weights = graph.constant(numbers(SIDE * SIDE, 1), [SIDE, SIDE]);
      const sum = graph.node("ReduceSum", [weights, graph.integers(0)], { keepdims: { int: 0 } });
      return graph.node("Add", [graph.node("MatMul", [input, weights]), sum]);
    });
    const documented = Buffer.concat([onnx, Buffer.from([0x32, 3, ...Buffer.from("why")])]); // field 6, doc_string
    const { bytes } = inEightBits(documented);
    expect(Buffer.from(bytes).includes("why")).toBe(true);
    const [expected, got] = [await answer(onnx, windows, SIDE), await answer(bytes, windows, SIDE)];
    expect(relativeError(got, expected)).toBeLessThan(0.03);
  });

  it("stores a matrix once that is used forth and back, as principal components are", async () => {
    const onnx = graphOf(SIDE, SIDE, (graph, input) => {
      const components = graph.constant(numbers(8 * SIDE, 1), [8, SIDE]);
      const latent = graph.node("Gemm", [input, components], { transB: { int: 1 } });
      return graph.node("Gemm", [latent, components]);
    });
    const { bytes, matrices } = inEightBits(onnx);
    expect(matrices).toEqual({ multiplied: 0, stored: 1, left: 0 });
    expect(bytes.length).toBeLessThan(8 * SIDE + 1_500);
    const [expected, got] = [await answer(onnx, windows, SIDE), await answer(bytes, windows, SIDE)];
    expect(relativeError(got, expected)).toBeLessThan(0.03);
  });

  it("says why there is nothing to do", () => {
    const small = graphOf(8, 8, (graph, input) =>
      graph.node("MatMul", [input, graph.constant(numbers(64, 1), [8, 8])]),
    );
    expect(() => inEightBits(small)).toThrow(/no constant float32 matrix of 1024 weights or more/);
    const medium = graphOf(64, 64, (graph, input) =>
      graph.node("MatMul", [input, graph.constant(numbers(4_096, 1), [64, 64])]),
    );
    expect(() => inEightBits(medium, false)).toThrow(/matrix of 256 x 256 weights or more/);
    const old = graphOf(64, 64, (graph, input) => graph.node("Relu", [input]), 9);
    expect(() => inEightBits(old)).toThrow(/version 9 of the ONNX operators/);
  });

  it("changes nothing by reading and writing alone", async () => {
    const onnx = graphOf(SIDE, SIDE, (graph, input) => graph.node("Tanh", [input]));
    expect(Buffer.from(encodeChanged(decodeModel(onnx, "network")))).toEqual(Buffer.from(onnx));
  });
});
