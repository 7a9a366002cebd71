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
/** As `windows`, and others. */
const usual = numbers(64 * SIDE, 10, 1);
const measured = { usual, cells: SIDE };

/** A graph that is one square matrix. */
const square = (weights = numbers(SIDE * SIDE, 1)): Uint8Array =>
  graphOf(SIDE, SIDE, (graph, input) =>
    graph.node("MatMul", [input, graph.constant(weights, [SIDE, SIDE])]),
  );

async function errorOf(bytes: Uint8Array, onnx: Uint8Array): Promise<number> {
  return relativeError(await answer(bytes, windows, SIDE), await answer(onnx, windows, SIDE));
}

describe("quantizeGraph", () => {
  it("multiplies layers in 8 bits, stores smaller ones, and leaves tiny ones alone", async () => {
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
    const { bytes, matrices } = await inEightBits(onnx, measured);
    expect(matrices).toEqual({ multiplied: 1, stored: 2, left: 1 });
    expect(bytes.length).toBeLessThan(onnx.length / 3);
    const error = await errorOf(bytes, onnx);
    expect(error).toBeLessThan(0.03);
    expect(error).toBeGreaterThan(0);
  });

  it("only stores what it knows no range of", async () => {
    const onnx = square();
    const { bytes, matrices } = await inEightBits(onnx, {});
    expect(matrices).toEqual({ multiplied: 0, stored: 1, left: 0 });
    expect(await errorOf(bytes, onnx)).toBeLessThan(0.01);
    const nothing = { usual: new Float32Array(SIDE), cells: SIDE };
    const { matrices: silent } = await inEightBits(onnx, nothing);
    expect(silent).toEqual({ multiplied: 0, stored: 1, left: 0 });
  });

  it.each([17, 18])(
    "reads weights as PyTorch writes them, with operators of version %d",
    async (opset) => {
      const write = (transposed: boolean) =>
        graphOf(
          SIDE,
          SIDE,
          (graph, input) => {
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
                    { transB: { int: 1 } },
                  )
                : graph.node("Gemm", [value, graph.constant(values, [rows, columns])]);
            const wide = graph.node("Relu", [layer(input, numbers(SIDE * SIDE, 1), SIDE, SIDE)]);
            const narrow = layer(wide, numbers(4 * SIDE, 2), SIDE, 4);
            return layer(graph.node("Tanh", [narrow]), numbers(4 * SIDE, 3), 4, SIDE);
          },
          opset,
        );
      const plain = await inEightBits(write(false), measured);
      const swapped = await inEightBits(write(true), measured);
      expect(swapped.matrices).toEqual({ multiplied: 1, stored: 2, left: 0 });
      expect(await answer(swapped.bytes, windows, SIDE)).toEqual(
        await answer(plain.bytes, windows, SIDE),
      );
      expect(await errorOf(swapped.bytes, write(true))).toBeLessThan(0.03);
    },
  );

  it("multiplies within a graph of another library: three axes, a sum of its own, a bias for every row", async () => {
    const half = SIDE / 2;
    const onnx = graphOf(SIDE, SIDE, (graph, input) => {
      const steps = graph.node("Reshape", [input, graph.integers(-1, 2, half)]);
      const mixed = graph.node("MatMul", [
        steps,
        graph.constant(numbers(half * half, 1, 1 / 8), [half, half]),
      ]);
      const moved = graph.node("Add", [mixed, graph.constant(numbers(half, 2, 1), [half])]);
      const gate = graph.node("Reshape", [
        graph.node("Sigmoid", [moved]),
        graph.integers(-1, SIDE),
      ]);
      const weights = graph.constant(numbers(SIDE * SIDE, 3), [SIDE, SIDE]);
      return graph.node("Gemm", [gate, weights, graph.constant(numbers(SIDE, 4), [1, SIDE])]);
    });
    const { bytes, matrices } = await inEightBits(onnx, measured);
    expect(matrices).toEqual({ multiplied: 2, stored: 0, left: 0 });
    expect(await errorOf(bytes, onnx)).toBeLessThan(0.03);
  });

  it("adds up the largest products without overflow, also where two are added in 16 bits", async () => {
    const onnx = square(new Float32Array(SIDE * SIDE).fill(0.5));
    const full = new Float32Array(2 * SIDE).fill(10).fill(-10, SIDE);
    const { bytes } = await inEightBits(onnx, {
      usual: full.map((value) => value / 1.5),
      cells: SIDE,
    });
    const got = await answer(bytes, full, SIDE);
    const expected = await answer(onnx, full, SIDE);
    expect(relativeError(got, expected)).toBeLessThan(0.01);
  });

  it("answers zeros to a window of zeros", async () => {
    const { bytes } = await inEightBits(square(), measured);
    const got = await answer(bytes, new Float32Array(SIDE), SIDE);
    expect(got.every((value) => value === 0)).toBe(true);
  });

  it("answers to a window exactly the same, whatever comes with it in the batch", async () => {
    const { bytes } = await inEightBits(square(), measured);
    const calm = windows.subarray(0, SIDE);
    const withStorm = new Float32Array(300 * SIDE).fill(1_000);
    withStorm.set(calm, 7 * SIDE);
    const together = await answer(bytes, withStorm, SIDE);
    expect(together.subarray(7 * SIDE, 8 * SIDE)).toEqual(await answer(bytes, calm, SIDE));
  });

  it("takes a spike for no more than the end of the range, and the other cells as they are", async () => {
    const onnx = square();
    const { bytes } = await inEightBits(onnx, measured);
    const spiked = windows.slice(0, SIDE).fill(1_000, 3, 4);
    const held = spiked.map((value) => Math.min(value, 1.5 * Math.max(...usual)));
    const got = await answer(bytes, spiked, SIDE);
    expect(relativeError(got, await answer(onnx, held, SIDE))).toBeLessThan(0.03);
  });

  it("keeps a matrix that something else needs, and what it does not understand", async () => {
    const onnx = graphOf(SIDE, SIDE, (graph, input) => {
      const weights = graph.constant(numbers(SIDE * SIDE, 1), [SIDE, SIDE]);
      const sum = graph.node("ReduceSum", [weights, graph.integers(0)], { keepdims: { int: 0 } });
      return graph.node("Add", [graph.node("MatMul", [input, weights]), sum]);
    });
    const documented = Buffer.concat([onnx, Buffer.from([0x32, 3, ...Buffer.from("why")])]); // field 6, doc_string
    const { bytes, matrices } = await inEightBits(documented, measured);
    expect(matrices.multiplied).toBe(1);
    expect(Buffer.from(bytes).includes("why")).toBe(true);
    expect(await errorOf(bytes, onnx)).toBeLessThan(0.03);
  });

  it("stores a matrix once that is used forth and back, as principal components are, however large", async () => {
    const onnx = graphOf(SIDE, SIDE, (graph, input) => {
      const components = graph.constant(numbers(64 * SIDE, 1), [64, SIDE]);
      const latent = graph.node("Gemm", [input, components], { transB: { int: 1 } });
      return graph.node("Gemm", [latent, components]);
    });
    const { bytes, matrices } = await inEightBits(onnx, measured);
    expect(matrices).toEqual({ multiplied: 0, stored: 1, left: 0 });
    expect(bytes.length).toBeLessThan(64 * SIDE + 2_000);
    expect(await errorOf(bytes, onnx)).toBeLessThan(0.03);
  });

  it("says why there is nothing to do", async () => {
    const small = graphOf(8, 8, (graph, input) =>
      graph.node("MatMul", [input, graph.constant(numbers(64, 1), [8, 8])]),
    );
    await expect(inEightBits(small, {})).rejects.toThrow(
      /no constant float32 matrix of 1024 weights or more/,
    );
    const medium = graphOf(64, 64, (graph, input) =>
      graph.node("MatMul", [input, graph.constant(numbers(64 * 63, 1), [64, 63])]),
    );
    await expect(inEightBits(medium, { stays: false })).rejects.toThrow(
      /no layer of 64 x 64 weights or more/,
    );
    const old = graphOf(64, 64, (graph, input) => graph.node("Relu", [input]), 9);
    await expect(inEightBits(old, {})).rejects.toThrow(/version 9 of the ONNX operators/);
  });

  it("changes nothing by reading and writing alone", async () => {
    const onnx = graphOf(SIDE, SIDE, (graph, input) => graph.node("Tanh", [input]));
    expect(Buffer.from(encodeChanged(decodeModel(onnx, "network")))).toEqual(Buffer.from(onnx));
  });
});
