import { describe, expect, it } from "vitest";
import { encodeNetwork, initialParameters } from "../../src/model/onnx/network.ts";
import { openSession } from "../../src/model/runtime.ts";

const design = { layers: [4, 3, 4], activation: "tanh" } as const;
const network = encodeNetwork(design, initialParameters(design, 1), []);
const feeds = {
  windows: { data: Float32Array.from({ length: 8 }, (_, place) => place / 8), dimensions: [2, 4] },
};

describe("a run with targets", () => {
  it("writes into the caller's memory, there and nowhere else, and answers with it", async () => {
    const session = await openSession(network, "network");
    const expected = (await session.run(feeds))["reconstruction"]?.data;
    const pool = new Float32Array(24).fill(7);
    const target = { data: pool.subarray(8, 16), dimensions: [2, 4] };
    const results = await session.run(feeds, { reconstruction: target });
    expect(results["reconstruction"]).toBe(target);
    expect([...pool.subarray(8, 16)]).toEqual([...(expected ?? [])]);
    expect([...pool.subarray(0, 8), ...pool.subarray(16)]).toEqual(Array(16).fill(7));
    await session.release();
  });

  it("leaves no copy of the answer for the garbage collector", async () => {
    const session = await openSession(network, "network");
    const windows = 500_000;
    const of = (data: Float32Array) => ({ data, dimensions: [windows, 4] });
    const input = { windows: of(new Float32Array(4 * windows)) };
    const target = { reconstruction: of(new Float32Array(4 * windows)) };
    const before = process.memoryUsage().arrayBuffers;
    await session.run(input, target);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(windows);
    await session.release();
  });

  it("refuses a target of another shape, and leaves it alone", async () => {
    const session = await openSession(network, "network");
    const target = { data: new Float32Array(12).fill(7), dimensions: [3, 4] };
    await expect(session.run(feeds, { reconstruction: target })).rejects.toThrow("shape");
    expect([...target.data]).toEqual(Array(12).fill(7));
    await session.release();
  });
});
