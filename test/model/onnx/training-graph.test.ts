import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/math/random.ts";
import { createGraph } from "../../src/model/onnx/graph-builder.ts";
import { initialParameters, OPSET, parameterShapes, sizeOf } from "../../src/model/onnx/network.ts";
import { encodeModel } from "../../src/model/onnx/schema.ts";
import {
  addBackward,
  addGather,
  encodeEvaluator,
  encodeTrainer,
  momentName,
  parameterName,
  varianceName,
} from "../../src/model/onnx/training-graph.ts";
import { type OnnxSession, openSession, type TensorData } from "../../src/model/runtime.ts";

const window = { length: 3, tags: 2 };
const layers = [6, 5, 3, 5, 6];
const shapes = parameterShapes(layers);
const random = createRandom(4);
const rows = 12;
const frames: TensorData = {
  data: Float32Array.from({ length: rows * window.tags }, () => random.normal()),
  dimensions: [rows, window.tags],
};
const int64 = (values: readonly number[], dimensions: readonly number[]): TensorData => ({
  data: BigInt64Array.from(values, BigInt),
  dimensions,
});

/** A graph with the trainer's own backward pass, and the gradient as its output. */
async function gradientSession(): Promise<OnnxSession> {
  const graph = createGraph("gradient");
  graph.input("frames", "float32", ["rows", window.tags]);
  graph.input("starts", "int64", ["batch"]);
  const names = shapes.map((shape, place) => graph.input(parameterName(place), "float32", shape));
  const { loss, gradients } = addBackward(graph, addGather(graph, "starts", window), names);
  graph.output("loss", loss, "float32", []);
  gradients.forEach((gradient, place) => {
    graph.output(`gradient_${place}`, gradient, "float32", shapes[place] ?? []);
  });
  return openSession(encodeModel(graph.build(), OPSET, []), "gradient");
}

const feed = (parameters: readonly Float32Array[]): Record<string, TensorData> =>
  Object.fromEntries(
    parameters.map((data, place) => [
      parameterName(place),
      { data, dimensions: shapes[place] ?? [] },
    ]),
  );
const floats = (results: Readonly<Record<string, TensorData>>, name: string): number[] =>
  Array.from(results[name]?.data ?? [], Number);

describe("training graph", () => {
  it("has the gradient that central differences give", async () => {
    const session = await gradientSession();
    const parameters = initialParameters(layers, 1).map((values) =>
      values.map((value) => value + 0.1),
    );
    const starts = int64([0, 4, 9], [3]);
    const results = await session.run({ frames, starts, ...feed(parameters) });
    const lossAt = async (place: number, cell: number, step: number): Promise<number> => {
      const moved = parameters.map((values) => values.slice());
      const target = moved[place] as Float32Array;
      target[cell] = (target[cell] as number) + step;
      return floats(await session.run({ frames, starts, ...feed(moved) }), "loss")[0] as number;
    };
    for (const [place, shape] of shapes.entries()) {
      const gradient = floats(results, `gradient_${place}`);
      for (let cell = 0; cell < sizeOf(shape); cell += 1) {
        const difference =
          ((await lossAt(place, cell, 0.01)) - (await lossAt(place, cell, -0.01))) / 0.02;
        expect(Math.abs((gradient[cell] as number) - difference)).toBeLessThan(1e-4);
      }
    }
    await session.release();
  });

  it("evaluates to squared residuals summed window by window and tag by tag, which add up to the loss", async () => {
    const evaluator = await openSession(encodeEvaluator(layers, window), "evaluator");
    const gradients = await gradientSession();
    const silent = shapes.map((shape) => new Float32Array(sizeOf(shape))); // reconstructs zero, whatever comes
    const starts = [0, 4, 9];
    const sums = await evaluator.run({ frames, starts: int64(starts, [3]), ...feed(silent) });
    expect(sums["squares"]?.dimensions).toEqual([3, 2]);
    starts.forEach((start, place) => {
      for (let tag = 0; tag < window.tags; tag += 1) {
        const cells = [0, 1, 2].map((row) => Number(frames.data[(start + row) * 2 + tag]));
        const expected = cells.reduce((sum, value) => sum + value ** 2, 0);
        expect(floats(sums, "squares")[place * 2 + tag]).toBeCloseTo(expected, 4);
      }
    });

    const parameters = feed(initialParameters(layers, 1));
    const feeds = { frames, starts: int64(starts, [3]), ...parameters };
    const total = floats(await evaluator.run(feeds), "squares").reduce((sum, one) => sum + one, 0);
    const [loss] = floats(await gradients.run(feeds), "loss");
    expect(total / (3 * 6)).toBeCloseTo(loss as number, 5);
    await Promise.all([evaluator.release(), gradients.release()]);
  });

  it("moves the parameters as Adam does, batch after batch", async () => {
    const [trainer, gradients] = [
      await openSession(encodeTrainer(layers, window), "trainer"),
      await gradientSession(),
    ];
    const batches = [
      [0, 4],
      [9, 2],
      [5, 1],
      [3, 7],
    ];
    const parameters = initialParameters(layers, 2);
    const zeros = (): Float32Array[] => shapes.map((shape) => new Float32Array(sizeOf(shape)));
    const state = Object.fromEntries(
      shapes.flatMap((dimensions, place) =>
        [parameterName, momentName, varianceName].map((name, part) => [
          name(place),
          {
            data:
              part === 0
                ? (parameters[place] as Float32Array)
                : new Float32Array(sizeOf(dimensions)),
            dimensions,
          },
        ]),
      ),
    );
    const trained = await trainer.run({
      frames,
      starts: int64(batches.flat(), [4, 2]),
      learning_rate: { data: Float32Array.of(0.01), dimensions: [] },
      step: { data: Float32Array.of(0), dimensions: [] },
      ...state,
    });

    // The same by hand: Kingma and Ba 2015, algorithm 1.
    const expected = parameters.map((values) => values.slice());
    const [moments, variances] = [zeros(), zeros()];
    let lossSum = 0;
    for (const [index, batch] of batches.entries()) {
      const results = await gradients.run({ frames, starts: int64(batch, [2]), ...feed(expected) });
      lossSum += floats(results, "loss")[0] as number;
      expected.forEach((values, place) => {
        floats(results, `gradient_${place}`).forEach((gradient, cell) => {
          const moment = moments[place] as Float32Array;
          const variance = variances[place] as Float32Array;
          moment[cell] = 0.9 * (moment[cell] as number) + 0.1 * gradient;
          variance[cell] = 0.999 * (variance[cell] as number) + 0.001 * gradient ** 2;
          const unbiasedMoment = moment[cell] / (1 - 0.9 ** (index + 1));
          const unbiasedVariance = variance[cell] / (1 - 0.999 ** (index + 1));
          values[cell] =
            (values[cell] as number) -
            (0.01 * unbiasedMoment) / (Math.sqrt(unbiasedVariance) + 1e-8);
        });
      });
    }
    expect(floats(trained, "loss")[0]).toBeCloseTo(lossSum, 5);
    expect(floats(trained, "next_step")).toEqual([4]);
    expected.forEach((values, place) => {
      floats(trained, `next_${parameterName(place)}`).forEach((value, cell) => {
        expect(value).toBeCloseTo(values[cell] as number, 4);
      });
    });
    await Promise.all([trainer.release(), gradients.release()]);
  });
});
