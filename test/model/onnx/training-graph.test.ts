import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/math/random.ts";
import { addBackwardPass, addScale } from "../../../src/model/onnx/backward-pass.ts";
import { addRows, forwardPassOf } from "../../../src/model/onnx/forward-pass.ts";
import { createGraph } from "../../../src/model/onnx/graph-builder.ts";
import {
  initialParameters,
  type NetworkDesign,
  OPSET,
  parameterShapes,
  sizeOf,
} from "../../../src/model/onnx/network.ts";
import { encodeModel } from "../../../src/model/onnx/schema.ts";
import {
  encodeEvaluator,
  encodeTrainer,
  momentName,
  parameterName,
  varianceName,
} from "../../../src/model/onnx/training-graph.ts";
import { type OnnxSession, openSession, type TensorData } from "../../../src/model/runtime.ts";

const window = { length: 3, tags: 2 };
const layers = [6, 5, 3, 5, 6];
const shapes = parameterShapes(layers);
const random = createRandom(4);
const rows = 12;
const frames: TensorData = {
  data: Float32Array.from({ length: rows * window.tags }, () => random.normal()),
  dimensions: [rows, window.tags],
};
/** Two directions at right angles to each other. */
const linear = {
  rank: 2,
  components: Float32Array.of(...[0.6, 0, 0.8, 0, 0, 0], ...[0, 0.6, 0, 0, 0.8, 0]),
};
const cellWeights = Float32Array.of(1, 2, 0.5, 1, 3, 1);
const designs: readonly (readonly [string, NetworkDesign])[] = [
  ["tanh", { layers, activation: "tanh" }],
  ["relu", { layers, activation: "relu" }],
  ["tanh with a linear part", { layers, activation: "tanh", linear }],
  [
    "relu with a linear part and weighted cells",
    { layers, activation: "relu", linear, cellWeights },
  ],
];
/** How far a parameter is moved for a difference. */
const STEP = 0.01;
/** Losses bend by more than this when a relu unit switches on or off in between: there is no slope to compare with. */
const KINK = 5e-5;
const plain: NetworkDesign = { layers, activation: "tanh" };

const int64 = (values: readonly number[], dimensions: readonly number[]): TensorData => ({
  data: BigInt64Array.from(values, BigInt),
  dimensions,
});
const scalar = (value: number): TensorData => ({ data: Float32Array.of(value), dimensions: [] });
const noLimit = { loss_limit: scalar(Number.POSITIVE_INFINITY) };

/** A graph with the trainer's own backward pass, and the gradient as its output. */
async function gradientSession(design: NetworkDesign): Promise<OnnxSession> {
  const graph = createGraph("gradient");
  graph.input("frames", "float32", ["rows", window.tags]);
  graph.input("starts", "int64", ["batch"]);
  graph.input("loss_limit", "float32", []);
  const names = shapes.map((shape, place) => graph.input(parameterName(place), "float32", shape));
  const addForwardPass = forwardPassOf(graph, design, window);
  const forward = addForwardPass(graph, addRows(graph, "starts", window.length), names);
  const scale = addScale(graph, "starts", window.length * window.tags);
  graph.output("losses", forward.losses, "float32", ["batch", 1]);
  addBackwardPass(graph, forward, names, design.activation, scale).forEach((gradient, place) => {
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
/** Parameters off their start: no bias is zero, and no output weight beside a linear part. */
const moved = (design: NetworkDesign, seed: number): readonly Float32Array[] =>
  initialParameters(design, seed).map((values) => values.map((value) => value + 0.1));
const floats = (results: Readonly<Record<string, TensorData>>, name: string): number[] =>
  Array.from(results[name]?.data ?? [], Number);
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("training graph", () => {
  it.each(designs)("has the gradient that central differences give: %s", async (_, design) => {
    const session = await gradientSession(design);
    const parameters = moved(design, 1);
    const starts = int64([0, 4, 9], [3]);
    const results = await session.run({ frames, starts, ...noLimit, ...feed(parameters) });
    const lossAt = async (place: number, cell: number, step: number): Promise<number> => {
      const stepped = parameters.map((values) => values.slice());
      const target = stepped[place] as Float32Array;
      target[cell] = (target[cell] as number) + step;
      return meanOf(
        floats(await session.run({ frames, starts, ...noLimit, ...feed(stepped) }), "losses"),
      );
    };
    const loss = await lossAt(0, 0, 0);
    const slopes: number[] = [];
    for (const [place, shape] of shapes.entries()) {
      const gradient = floats(results, `gradient_${place}`);
      for (let cell = 0; cell < sizeOf(shape); cell += 1) {
        const after = await lossAt(place, cell, STEP);
        const before = await lossAt(place, cell, -STEP);
        if (Math.abs(after - 2 * loss + before) > KINK) continue;
        const slope = (after - before) / (2 * STEP);
        expect(Math.abs((gradient[cell] as number) - slope)).toBeLessThan(2e-4);
        slopes.push(Math.abs(slope));
      }
    }
    expect(slopes.length).toBeGreaterThan(0.9 * shapes.map(sizeOf).reduce((a, b) => a + b));
    expect(Math.max(...slopes)).toBeGreaterThan(0.1);
    await session.release();
  });

  it("learns nothing from a window whose loss is above the limit", async () => {
    const session = await gradientSession(plain);
    const parameters = feed(moved(plain, 1));
    const run = (starts: readonly number[], limit: number) =>
      session.run({
        frames,
        starts: int64(starts, [starts.length]),
        loss_limit: scalar(limit),
        ...parameters,
      });
    const [all, first] = [await run([0, 4], Number.POSITIVE_INFINITY), await run([0], 1e9)];
    const [lossOfFirst = 0, lossOfSecond = 0] = floats(all, "losses");
    const lower = lossOfFirst < lossOfSecond ? [0] : [4];
    const limited = await run([0, 4], (lossOfFirst + lossOfSecond) / 2);
    const alone = lower[0] === 0 ? first : await run(lower, 1e9);
    floats(alone, "gradient_2").forEach((value, cell) => {
      expect(floats(limited, "gradient_2")[cell]).toBeCloseTo(value / 2, 6); // still a batch of two
    });
    expect(floats(limited, "losses")).toEqual(floats(all, "losses"));
    await session.release();
  });

  it.each([
    ["evenly", plain],
    ["in the weights of the cells", { ...plain, cellWeights }],
  ] as const)("evaluates to the mean squared error of every window, %s", async (_, design) => {
    const evaluator = await openSession(encodeEvaluator(design, window), "evaluator");
    const silent = shapes.map((shape) => new Float32Array(sizeOf(shape))); // reconstructs zero, whatever comes
    const starts = [0, 4, 9];
    const results = await evaluator.run({ frames, starts: int64(starts, [3]), ...feed(silent) });
    expect(results["losses"]?.dimensions).toEqual([3, 1]);
    starts.forEach((start, place) => {
      const squares = Array.from({ length: 6 }, (__, cell) => {
        const weight = design.cellWeights?.[cell] ?? 1;
        return weight * Number(frames.data[start * window.tags + cell]) ** 2;
      });
      expect(floats(results, "losses")[place]).toBeCloseTo(meanOf(squares), 5);
    });
    await evaluator.release();
  });

  it.each(designs)(
    "moves the parameters as Adam does, batch after batch: %s",
    async (_, design) => {
      const trainer = await openSession(encodeTrainer(design, window), "trainer");
      const gradients = await gradientSession(design);
      const batches = [
        [0, 4],
        [9, 2],
        [5, 1],
        [3, 7],
      ];
      const parameters = moved(design, 2);
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
        learning_rate: scalar(0.01),
        step: scalar(0),
        ...noLimit,
        ...state,
      });

      // The same by hand: Kingma and Ba 2015, algorithm 1.
      const expected = parameters.map((values) => values.slice());
      const [moments, variances] = [zeros(), zeros()];
      const losses: number[] = [];
      for (const [index, batch] of batches.entries()) {
        const feeds = { frames, starts: int64(batch, [2]), ...noLimit, ...feed(expected) };
        const results = await gradients.run(feeds);
        losses.push(...floats(results, "losses"));
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
      expect(trained["losses"]?.dimensions).toEqual([4, 2, 1]);
      floats(trained, "losses").forEach((loss, place) => {
        expect(loss).toBeCloseTo(losses[place] as number, 5);
      });
      expect(floats(trained, "next_step")).toEqual([4]);
      expected.forEach((values, place) => {
        floats(trained, `next_${parameterName(place)}`).forEach((value, cell) => {
          expect(value).toBeCloseTo(values[cell] as number, 4);
        });
      });
      await Promise.all([trainer.release(), gradients.release()]);
    },
  );
});
