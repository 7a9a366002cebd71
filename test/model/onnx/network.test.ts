import { describe, expect, it } from "vitest";
import {
  encodeNetwork,
  initialParameters,
  type NetworkDesign,
} from "../../../src/model/onnx/network.ts";
import { openSession } from "../../../src/model/runtime.ts";

const components = Float32Array.of(...[0.6, 0.8, 0, 0], ...[0, 0, 0.8, -0.6]);
const linear = { rank: 2, components };
const window = [1, 2, 3, -4];
/** `(x Cᵀ) C` by hand. */
const projected = [0, 1, 2, 3].map((cell) =>
  [0, 1].reduce((sum, row) => {
    const latent = window.reduce(
      (total, value, place) => total + value * (components[row * 4 + place] as number),
      0,
    );
    return sum + latent * (components[row * 4 + cell] as number);
  }, 0),
);

async function reconstruct(
  design: NetworkDesign,
  parameters = initialParameters(design, 1),
): Promise<number[]> {
  const session = await openSession(encodeNetwork(design, parameters, []), "network");
  const windows = { data: Float32Array.from(window), dimensions: [1, 4] };
  const { reconstruction } = await session.run({ windows });
  expect(session.inputs).toEqual([{ name: "windows", shape: ["n", 4] }]);
  expect(session.outputs).toEqual([{ name: "reconstruction", shape: ["n", 4] }]);
  await session.release();
  return Array.from(reconstruction?.data as Float32Array);
}

describe("encodeNetwork", () => {
  it("without layers is the linear part alone", async () => {
    const output = await reconstruct({ layers: [], activation: "relu", linear });
    output.forEach((value, cell) => {
      expect(value).toBeCloseTo(projected[cell] as number, 5);
    });
  });

  it.each(["relu", "tanh"] as const)(
    "starts from the linear part, and %s layers on top of it change nothing yet",
    async (activation) => {
      const output = await reconstruct({ layers: [4, 3, 4], activation, linear });
      output.forEach((value, cell) => {
        expect(value).toBeCloseTo(projected[cell] as number, 5);
      });
    },
  );

  it("adds what the layers make of the rest to the linear part", async () => {
    const identity = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
    const design: NetworkDesign = { layers: [4, 4], activation: "tanh", linear };
    const output = await reconstruct(design, [identity, Float32Array.of(0, 0, 0, 7)]);
    [1, 2, 3, 3].forEach((value, cell) => {
      expect(output[cell]).toBeCloseTo(value, 5);
    });
  });

  it("without a linear part is the layers alone: relu cuts off what is below zero", async () => {
    const identity = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
    const parameters = [identity, new Float32Array(4), identity, new Float32Array(4)];
    const relu = await reconstruct({ layers: [4, 4, 4], activation: "relu" }, parameters);
    expect(relu).toEqual([1, 2, 3, 0]);
    const tanh = await reconstruct({ layers: [4, 4, 4], activation: "tanh" }, parameters);
    tanh.forEach((value, cell) => {
      expect(value).toBeCloseTo(Math.tanh(window[cell] as number), 5);
    });
  });
});
