import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type OpcuaSourceOptions,
  type OpcuaValue,
  opcuaSource,
} from "../../../../src/sources/opcua/index.ts";
import { hear, patience, status } from "../../hearing.ts";
import { type ScriptedServer, scriptedServer } from "../scripted-client.ts";

const nodeId = "ns=1;s=wave";
const wave = (values: readonly number[], sourceTimeMs?: number): OpcuaValue => ({
  statusCode: 0,
  type: "Double",
  isArray: true,
  value: Float64Array.from(values),
  ...(sourceTimeMs !== undefined && { sourceTimeMs }),
});

/** A source of one waveform, connected. */
async function following(options: Partial<OpcuaSourceOptions> = {}, server = scriptedServer()) {
  const source = opcuaSource({
    endpointUrl: "opc.tcp://10.0.0.5:4840",
    tags: [{ name: "wave", nodeId, array: {} }],
    client: server.client,
    samplingMs: 1000,
    retryFirstMs: 1,
    retryMaxMs: 1,
    ...options,
  });
  const heard = hear(source);
  await untilMonitored(server);
  return { source, server, heard };
}

const untilMonitored = (server: ScriptedServer) =>
  expect.poll(() => server.monitored(), patience).toEqual([nodeId]);

describe("an OPC UA array", () => {
  it("is spread over the time since the one before; the first one over a sampling", async () => {
    const { server, heard } = await following();
    server.send(nodeId, wave([1, 2, 3, 4], 10_000), wave([5, 6], 10_500));
    expect(heard.map(({ timeMs, value }) => [timeMs, value])).toEqual([
      [9250, 1],
      [9500, 2],
      [9750, 3],
      [10_000, 4],
      [10_250, 5],
      [10_500, 6],
    ]);
  });

  it("has its elements where elementMs says, but never reaches back to the one before", async () => {
    const tags = [{ name: "wave", nodeId, array: { elementMs: 0.5 } }];
    const { server, heard } = await following({ tags });
    server.send(nodeId, wave([1, 2, 3], 10_000), wave([4, 5], 10_010), wave([6, 7], 10_010.5));
    expect(heard.map(({ timeMs }) => timeMs)).toEqual([
      9999, 9999.5, 10_000, 10_009.5, 10_010, 10_010.25, 10_010.5,
    ]);
  });

  it("keeps its place by the clock that stamps it, not by another that runs an hour behind", async () => {
    const now = 50_000_000;
    const { server, heard } = await following({ timestamps: "arrival", now: () => now });
    server.send(nodeId, wave([1, 2], now - 3_600_000));
    server.send(nodeId, wave([3, 4], now - 3_599_000));
    const times = heard.map(({ timeMs }) => timeMs);
    expect(times).toHaveLength(4);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("is not spread over an outage: the first one after it is like the first one ever", async () => {
    const { server, heard } = await following();
    server.send(nodeId, wave([1, 2], 10_000));
    server.listener()?.broken(new Error("gone"));
    await expect.poll(() => server.connections(), patience).toBe(2);
    await untilMonitored(server);
    server.send(nodeId, wave([3, 4], 90_000));
    expect(heard.slice(-2).map(({ timeMs }) => timeMs)).toEqual([89_500, 90_000]);
  });

  it("that did not change makes its tag good again after an outage", async () => {
    const { source, server, heard } = await following();
    server.send(nodeId, wave([1, 2], 10_000));
    server.listener()?.broken(new Error("gone"));
    await status(source, "silent");
    await expect.poll(() => server.connections(), patience).toBe(2);
    await untilMonitored(server);
    server.send(nodeId, wave([1, 2], 10_000));
    expect(heard.slice(2).map(({ value, quality }) => [value, quality])).toEqual([
      [Number.NaN, "bad"],
      [2, "good"],
    ]);
    await status(source, "live");
  });

  it("is delivered once, however often the server sends it", async () => {
    const { source, server, heard } = await following();
    server.send(nodeId, wave([1, 2], 10_000), wave([1, 2], 10_000), wave([1, 2], 10_000));
    expect(heard.map(({ value }) => value)).toEqual([1, 2]);
    expect(source.counters?.()).toMatchObject({ duplicates: 2 });
  });

  it("is delivered although the server never stamps a new time on it", async () => {
    const { server, heard } = await following();
    server.send(nodeId, wave([1, 2], 10_000), wave([3, 4], 10_000));
    expect(heard.map(({ value }) => value)).toEqual([1, 2, 3, 4]);
  });

  it("loses only the elements that are no numbers", async () => {
    const { server, heard } = await following();
    server.send(nodeId, wave([1, Number.NaN, 3]));
    expect(heard.map(({ quality }) => quality)).toEqual(["good", "bad", "good"]);
  });

  it("without elements is bad, with the reason", async () => {
    const { source, server, heard } = await following();
    server.send(nodeId, wave([], 10_000));
    expect(heard).toEqual([{ tag: "wave", timeMs: 10_000, value: Number.NaN, quality: "bad" }]);
    const { error } = await status(source, "silent");
    expect(error?.message).toContain('tag "wave" (ns=1;s=wave) holds no array of numbers');
  });

  it("never overlaps the one before, whatever the server sends", async () => {
    const arrays = fc.array(
      fc.record({
        stepMs: fc.integer({ min: 1, max: 3000 }),
        values: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 6 }),
        isBad: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(
        arrays,
        fc.option(fc.double({ min: 0.1, max: 900, noNaN: true })),
        async (sent, elementMs) => {
          const array = elementMs === null ? {} : { elementMs };
          const { server, heard } = await following({ tags: [{ name: "wave", nodeId, array }] });
          let timeMs = 1_000_000;
          for (const { stepMs, values, isBad } of sent) {
            timeMs += stepMs;
            const value = wave(values, timeMs);
            server.send(
              nodeId,
              isBad ? { statusCode: 0x808c0000, value: null, sourceTimeMs: timeMs } : value,
            );
          }
          const times = heard.map((reading) => reading.timeMs);
          expect(
            times.every((time, place) => place === 0 || time > (times[place - 1] as number)),
          ).toBe(true);
          expect(heard.some(({ late }) => late)).toBe(false);
        },
      ),
      { numRuns: 50 },
    );
  });
});
