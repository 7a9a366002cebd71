import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { GatewayError } from "../../../src/errors.ts";
import { type OpcuaTag, opcuaSource } from "../../../src/sources/opcua/index.ts";
import { sourceContract } from "../../../src/testing/source-contract.ts";
import { firstReadings, goodReadings, hear, patience, status } from "../hearing.ts";
import { breakableLine } from "./breakable-line.ts";
import { DataType, type OpcuaTestServer, opcuaServer, StatusCodes } from "./opcua-server.ts";

const quick = {
  samplingMs: 20,
  publishingMs: 50,
  retryFirstMs: 20,
  retryMaxMs: 100,
  silenceMs: 1000,
};
const tag = (name: string): OpcuaTag => ({ name, nodeId: `ns=1;s=${name}` });

let server: OpcuaTestServer;
beforeAll(async () => {
  server = await opcuaServer();
  server.count("counter");
  server.set("constant", DataType.Double, 42);
});
afterAll(() => server.close());

/** A source of these nodes, over a line that the test can break. */
async function over(options: Partial<Parameters<typeof opcuaSource>[0]>) {
  const line = await breakableLine(server.port);
  onTestFinished(() => line.cut());
  const endpointUrl = `opc.tcp://127.0.0.1:${line.port}`;
  return {
    line,
    source: opcuaSource({
      ...quick,
      pkiFolder: server.pkiFolder,
      endpointUrl,
      tags: [tag("a")],
      ...options,
    }),
  };
}

describe("opcua source", () => {
  describe("keeps the promises of a source", () => {
    sourceContract(async () => {
      const line = await breakableLine(server.port);
      return {
        source: opcuaSource({
          ...quick,
          pkiFolder: server.pkiFolder,
          endpointUrl: `opc.tcp://127.0.0.1:${line.port}`,
          tags: [tag("counter"), tag("constant")],
        }),
        connections: () => line.open(),
        outage: { takeAway: () => line.cut(), bringBack: () => line.mend() },
        close: () => line.cut(),
      };
    });
  });

  it.each([
    ["Double", DataType.Double, 1.5, 1.5],
    ["Float", DataType.Float, 0.25, 0.25],
    ["Boolean", DataType.Boolean, true, 1],
    ["SByte", DataType.SByte, -5, -5],
    ["UInt16", DataType.UInt16, 65535, 65535],
    ["UInt32", DataType.UInt32, 4294967295, 4294967295],
    ["Int64", DataType.Int64, [0xffffffff, 0xfffffffe], -2],
    ["UInt64", DataType.UInt64, [1, 2], 4294967298],
  ])("reads a %s", async (name, dataType, value, expected) => {
    server.set(name, dataType, value);
    const { source } = await over({ tags: [tag(name)] });
    const [reading] = await goodReadings(source, 1);
    expect(reading).toMatchObject({ tag: name, value: expected, quality: "good" });
    expect(reading).not.toHaveProperty("statusCode");
  });

  it.each([
    ["text", DataType.String, "hot", false],
    ["array", DataType.Double, Float64Array.of(1, 2), true],
  ])("takes a node that holds %s for bad", async (name, dataType, value, array) => {
    server.set(name, dataType, value, { array });
    const { source } = await over({ tags: [tag(name)] });
    const [reading] = await firstReadings(source, 1);
    expect(reading).toMatchObject({ quality: "bad", value: Number.NaN });
    const heard = hear(source);
    expect((await status(source, "silent")).error?.message).toContain("holds no scalar number");
    expect(heard.length).toBeGreaterThan(0);
  });

  it("keeps the time of the source and the quality that travels with each value", async () => {
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
    const set = (value: number, second: number, code = StatusCodes.Good) =>
      server.set("flaky", DataType.Double, value, { time: at(second), status: code });
    set(1, 1);
    const { source } = await over({ tags: [tag("flaky")] });
    const heard = hear(source);
    await expect.poll(() => heard.length, patience).toBe(1);
    set(2, 2, StatusCodes.UncertainLastUsableValue);
    await expect.poll(() => heard.length, patience).toBe(2);
    set(3, 3, StatusCodes.BadSensorFailure);
    await expect.poll(() => heard.length, patience).toBe(3);
    set(4, 4);
    await expect.poll(() => heard.length, patience).toBe(4);

    const timed = (second: number) => ({ tag: "flaky", timeMs: at(second).getTime() });
    expect(heard).toEqual([
      { ...timed(1), value: 1, quality: "good" },
      { ...timed(2), value: 2, quality: "uncertain", statusCode: 0x40900000 },
      { ...timed(3), value: Number.NaN, quality: "bad", statusCode: 0x808c0000 },
      { ...timed(4), value: 4, quality: "good" },
    ]);
  });

  it("marks as late what the server stamps before the tag's last reading", async () => {
    const now = Date.now();
    const set = (value: number, timeMs: number) =>
      server.set("clock", DataType.Double, value, { time: new Date(timeMs) });
    set(1, now);
    const { source } = await over({ tags: [tag("clock"), tag("a")] });
    server.set("a", DataType.Double, 1);
    const heard = hear(source);
    await expect.poll(() => heard.length, patience).toBe(2);
    set(2, now - 3_600_000);
    server.set("a", DataType.Double, 2);
    await expect.poll(() => heard.length, patience).toBeGreaterThan(2);
    set(3, now + 1000);
    await expect.poll(() => heard.at(-1)?.value, patience).toBe(3);
    const clock = heard.filter((reading) => reading.tag === "clock");
    expect(clock.map(({ value, late }) => (late ? "late" : value))).toEqual([1, "late", 3]);
  });

  it("delivers every sample when the server publishes less often than it samples", async () => {
    server.count("sampled");
    const { source } = await over({ tags: [tag("sampled")], publishingMs: 200 });
    const values = (await goodReadings(source, 25)).map(({ value }) => value);
    const first = values[1] as number; // the very first is read while the subscription begins
    expect(values.slice(1)).toEqual(Array.from({ length: 24 }, (_, index) => first + index));
  });

  it("marks only an unknown node bad, and takes it up when it appears", async () => {
    server.set("a", DataType.Double, 1);
    server.remove("late");
    const { source } = await over({ tags: [tag("late"), tag("a")], retryRefusedMs: 50 });
    const states: string[] = [];
    const watching = source.status.subscribe({
      next: ({ state }) => states.push(state),
      error: () => {},
    });
    onTestFinished(() => watching.unsubscribe());
    const heard = hear(source);
    const { troubles } = await status(source, "degraded");
    expect(troubles).toEqual([
      expect.objectContaining({
        part: "tag late",
        tags: ["late"],
        error: expect.any(GatewayError),
      }),
    ]);
    const late = () => heard.filter((reading) => reading.tag === "late");
    await expect.poll(() => late().length, patience).toBeGreaterThan(0);
    expect(late()[0]).toMatchObject({ quality: "bad", statusCode: 0x80340000 });
    const changes = states.filter((state, place) => state !== states[place - 1]);
    expect(changes).toEqual(["idle", "connecting", "degraded"]);

    server.set("late", DataType.Double, 5, { time: new Date(Date.now() - 3_600_000) });
    await expect
      .poll(() => heard.some((reading) => reading.tag === "late" && reading.value === 5), patience)
      .toBe(true);
    await status(source, "live");
  });

  it("is silent with the reason while the server knows none of the nodes", async () => {
    const { source } = await over({ tags: [tag("nowhere")] });
    hear(source);
    const { error } = await status(source, "silent");
    expect(error).toMatchObject({
      code: "SOURCE_REJECTED",
      message: expect.stringContaining(
        'tag "nowhere" (ns=1;s=nowhere) is unknown to the server (0x80340000)',
      ),
    });
  });

  it("reads more nodes than fit into one call", async () => {
    const names = Array.from({ length: 250 }, (_, index) => `many${index}`);
    for (const [index, name] of names.entries()) server.set(name, DataType.Int32, index);
    const { source } = await over({ tags: names.map(tag) });
    const heard = await goodReadings(source, names.length);
    const byTag = new Map(heard.map((reading) => [reading.tag, reading.value]));
    expect(names.map((name) => byTag.get(name))).toEqual(names.map((_, index) => index));
  });
});
