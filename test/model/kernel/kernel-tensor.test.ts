import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { createRandom } from "../../../src/math/random.ts";
import { createWindowKernel } from "../../../src/model/kernel/window-kernel.ts";
import { encodeNetwork, initialParameters } from "../../../src/model/onnx/network.ts";
import { cardOf } from "./kernel-card.ts";

const CELLS = 24;
const WINDOWS = 5;
const design = { layers: [CELLS, 4, CELLS], activation: "tanh" } as const;

it("lends its memory to ONNX Runtime, which reads windows from it and writes its answers to it", async () => {
  const session = await InferenceSession.create(
    encodeNetwork(design, initialParameters(design, 1), []),
  );
  const [question = "", answer = ""] = [...session.inputNames, ...session.outputNames];
  const kernel = createWindowKernel(cardOf({ tags: 3, windowLength: 8, seed: 1 }), WINDOWS + 1);
  const lent = (memory: Float32Array): Tensor =>
    new Tensor("float32", memory.subarray(0, WINDOWS * CELLS), [WINDOWS, CELLS]);
  const feeds = { [question]: lent(kernel.input) };
  const fetches = { [answer]: lent(kernel.output) };
  const random = createRandom(2);

  for (let batch = 0; batch < 3; batch += 1) {
    for (let place = 0; place < WINDOWS; place += 1) {
      kernel.normalize(
        place,
        Float64Array.from({ length: CELLS }, () => 100 * random.normal()),
      );
    }
    const copy = new Tensor("float32", kernel.input.slice(0, WINDOWS * CELLS), [WINDOWS, CELLS]);
    const expected = (await session.run({ [question]: copy }))[answer]?.data;
    await session.run(feeds, fetches);
    expect(kernel.output.subarray(0, WINDOWS * CELLS)).toEqual(expected);
    expect([...kernel.output.subarray(WINDOWS * CELLS)]).toEqual(Array(CELLS).fill(0));
  }
  await session.release();
});
