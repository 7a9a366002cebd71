import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  type OpcuaSourceOptions,
  type OpcuaTag,
  opcuaSource,
} from "../../../src/sources/opcua/index.ts";
import { alignReadings } from "../../../src/stream/align-readings.ts";
import { sourceContract } from "../../../src/testing/source-contract.ts";
import { hear, patience, status } from "../hearing.ts";
import { breakableLine } from "./breakable-line.ts";
import { DataType, type OpcuaTestServer, opcuaServer } from "./opcua-server.ts";
import { scriptedServer } from "./scripted-client.ts";

const tag = (name: string): OpcuaTag => ({ name, nodeId: `ns=1;s=${name}` });

let server: OpcuaTestServer;
beforeAll(async () => {
  server = await opcuaServer();
  server.count("counter");
  server.set("constant", DataType.Double, 42);
});
afterAll(() => server.close());

async function polled(options: Partial<OpcuaSourceOptions> = {}) {
  const line = await breakableLine(server.port);
  onTestFinished(() => line.cut());
  const source = opcuaSource({
    mode: "poll",
    samplingMs: 30,
    timeoutMs: 1000,
    retryFirstMs: 20,
    retryMaxMs: 100,
    pkiFolder: server.pkiFolder,
    endpointUrl: `opc.tcp://127.0.0.1:${line.port}`,
    tags: [tag("counter"), tag("constant")],
    ...options,
  });
  return { line, source };
}

describe("polling an OPC UA server", () => {
  describe("keeps the promises of a source", () => {
    sourceContract(async () => {
      const { line, source } = await polled();
      return {
        source,
        connections: () => line.open(),
        outage: { takeAway: () => line.cut(), bringBack: () => line.mend() },
        close: () => line.cut(),
      };
    });
  });

  it("lets a constant value stand, which the server stamps only once", async () => {
    const { source } = await polled();
    const frames: number[] = [];
    const aligning = source.readings
      .pipe(alignReadings({ tags: source.tags, periodMs: 100 }))
      .subscribe({ next: (frame) => frames.push(frame.values[1] as number), error: () => {} });
    onTestFinished(() => aligning.unsubscribe());
    await expect.poll(() => frames.length, patience).toBeGreaterThan(20);
    expect(frames.slice(10).every((value) => value === 42)).toBe(true);
  });

  it("delivers a constant value at every poll when it is stamped on arrival", async () => {
    const { source } = await polled({ timestamps: "arrival" });
    const heard = hear(source);
    const constant = () => heard.filter((reading) => reading.tag === "constant");
    await expect.poll(() => constant().length, patience).toBeGreaterThan(5);
    expect(source.tags.map(({ reporting }) => reporting)).toEqual(["sampled", "sampled"]);
  });

  it("marks only an unknown node bad, and takes it up when it appears", async () => {
    server.remove("late");
    const { source } = await polled({ tags: [tag("late"), tag("counter")] });
    const heard = hear(source);
    const { troubles } = await status(source, "degraded");
    expect(troubles.map(({ part }) => part)).toEqual(["tag late"]);
    server.set("late", DataType.Double, 5);
    await expect
      .poll(() => heard.some((reading) => reading.tag === "late" && reading.value === 5), patience)
      .toBe(true);
    await status(source, "live");
  });

  it("says a node is bad once, not at every poll", async () => {
    const { source } = await polled({ tags: [tag("nowhere"), tag("counter")] });
    const heard = hear(source);
    await status(source, "degraded");
    const counted = () => heard.filter((reading) => reading.tag === "counter").length;
    await expect.poll(counted, patience).toBeGreaterThan(10);
    expect(heard.filter((reading) => reading.tag === "nowhere")).toHaveLength(1);
  });

  it("notices a server that hangs with its socket open, and comes back", async () => {
    const { line, source } = await polled();
    const heard = hear(source);
    await status(source, "live");
    line.silence();
    const { error } = await status(source, "silent");
    expect(error).toMatchObject({ code: "SOURCE_UNREACHABLE", retryable: true });
    await line.cut();
    line.resume();
    await line.mend();
    await status(source, "live");
    await expect.poll(() => heard.at(-1)?.quality, patience).toBe("good");
  });

  it("never queues reads: a slow server is asked less often, and the polls left out are counted", async () => {
    let open = 0;
    let most = 0;
    const slow = scriptedServer({
      async read(nodeIds) {
        open += 1;
        most = Math.max(most, open);
        await new Promise((resolve) => setTimeout(resolve, 100));
        open -= 1;
        return nodeIds.map(() => ({ statusCode: 0, type: "Double", value: 1 }));
      },
    });
    const { source } = await polled({ client: slow.client, samplingMs: 20 });
    const heard = hear(source);
    await expect.poll(() => heard.length, patience).toBeGreaterThan(6);
    expect(most).toBe(1);
    expect(source.counters?.().skippedPolls).toBeGreaterThan(6);
  });

  it("says in the status that there are no deadbands", async () => {
    const { source } = await polled({ tags: [{ ...tag("counter"), deadband: { absolute: 5 } }] });
    hear(source);
    const { texts } = await status(source, "live");
    expect(texts).toEqual({ deadband: "none while polling, every change is sent (counter)" });
  });

  it("gives no value of a wrong node when a read is answered by a restarted server that has moved its namespaces", async () => {
    let namespaces = ["ua", "urn:line1"];
    let answer: ((value: number) => void) | undefined;
    const restarting = scriptedServer({
      namespaces: () => namespaces,
      async read(nodeIds) {
        if (nodeIds[0] === "ns=2;s=a") return [{ statusCode: 0, type: "Double", value: 2 }];
        const value = await new Promise<number>((resolve) => {
          answer = resolve;
        });
        return [{ statusCode: 0, type: "Double", value }];
      },
    });
    const { source } = await polled({
      client: restarting.client,
      tags: [{ name: "a", nodeId: "nsu=urn:line1;s=a" }],
    });
    const heard = hear(source);
    await expect.poll(() => answer, patience).toBeDefined();
    restarting.listener()?.lost(new Error("the connection broke"));
    namespaces = ["ua", "urn:other", "urn:line1"];
    answer?.(666); // the library asks again what was under way when the line broke
    restarting.listener()?.mended();
    await expect.poll(() => heard.at(-1)?.value, patience).toBe(2);
    expect(heard.map(({ value }) => value)).not.toContain(666);
  });
});
