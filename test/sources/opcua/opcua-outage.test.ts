import { readdir } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  type OpcuaSourceOptions,
  type OpcuaTag,
  opcuaSource,
} from "../../../src/sources/opcua/index.ts";
import { hear, patience, status, untilFailure } from "../hearing.ts";
import { breakableLine } from "./breakable-line.ts";
import { DataType, type OpcuaTestServer, opcuaServer } from "./opcua-server.ts";

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
  server.set("a", DataType.Double, 1);
});
afterAll(() => server.close());

async function over(options: Partial<OpcuaSourceOptions> = {}) {
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

/** Somebody else's TCP server. */
async function stranger(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return `opc.tcp://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

describe("opcua source when the server is away", () => {
  it("keeps the session over a short break and delivers what was queued meanwhile", async () => {
    const own = await opcuaServer();
    onTestFinished(() => own.close());
    own.count("counter");
    own.set("constant", DataType.Double, 42);
    const line = await breakableLine(own.port);
    onTestFinished(() => line.cut());
    const source = opcuaSource({
      ...quick,
      pkiFolder: server.pkiFolder,
      endpointUrl: `opc.tcp://127.0.0.1:${line.port}`,
      tags: [tag("counter"), tag("constant")],
      silenceMs: 60_000,
      queueSize: 10_000,
    });
    const heard = hear(source);
    const good = (name: string, from = 0) =>
      heard.slice(from).filter((reading) => reading.tag === name && reading.quality === "good");
    await expect.poll(() => good("counter").length, patience).toBeGreaterThan(5);
    await expect.poll(() => good("constant").length, patience).toBe(1);

    await line.cut();
    await status(source, "silent");
    const before = heard.length;
    await line.mend();
    await expect.poll(() => good("constant", before).length, patience).toBe(1);
    await expect.poll(() => good("counter", before).length, patience).toBeGreaterThan(50);

    // What the server sends again may come after newer values, and then is late, with its own time.
    const counted = good("counter")
      .toSorted((a, b) => a.timeMs - b.timeMs)
      .map(({ value }) => value)
      .slice(1);
    const steps = counted.slice(1).map((value, index) => value - (counted[index] as number));
    const jumps = steps.filter((step) => step !== 1);
    // Never repeated, never reordered; only the one message that was on the line when it broke may be missing.
    expect(jumps.length).toBeLessThanOrEqual(1);
    expect(jumps.every((step) => step > 1 && step <= 20)).toBe(true);
    expect(source.counters?.()).toMatchObject({ clockJumps: 0 });
    expect(own.sessions()).toBe(1);
  });

  it("notices a server that says nothing any more, and comes back with a new session", async () => {
    const { line, source } = await over();
    const heard = hear(source);
    await status(source, "live");
    line.silence();
    const { error } = await status(source, "silent");
    expect(error).toMatchObject({ code: "SOURCE_UNREACHABLE", retryable: true });
    expect(heard.at(-1)).toMatchObject({ quality: "bad", value: Number.NaN });
    await line.cut();
    line.resume();
    await line.mend();
    await status(source, "live");
    await expect.poll(() => heard.at(-1)?.quality, patience).toBe("good");
  });

  it.each(["mute", "dropSubscriptions"] as const)(
    "notices a subscription of which nothing comes any more (%s), and makes a new one",
    async (silently) => {
      const own = await opcuaServer();
      onTestFinished(() => own.close());
      own.set("a", DataType.Double, 1);
      const source = opcuaSource({
        ...quick,
        pkiFolder: own.pkiFolder,
        endpointUrl: own.endpointUrl,
        tags: [tag("a")],
        silenceMs: 400,
      });
      const heard = hear(source);
      await status(source, "live");
      own[silently]();
      own.set("a", DataType.Double, 2);
      await expect.poll(() => heard.at(-1)?.value, patience).toBe(2);
      expect(source.counters?.()).toMatchObject({ losses: 1 });
    },
  );

  it("survives a restart of the server, which has forgotten every session", async () => {
    const own = await opcuaServer();
    onTestFinished(() => own.close());
    own.set("a", DataType.Double, 1);
    const source = opcuaSource({
      ...quick,
      pkiFolder: own.pkiFolder,
      endpointUrl: own.endpointUrl,
      tags: [tag("a")],
    });
    const heard = hear(source);
    await status(source, "live");
    await own.stop();
    await status(source, "silent");
    own.set("a", DataType.Double, 2);
    await own.start();
    await status(source, "live");
    await expect.poll(() => heard.at(-1)?.value, patience).toBe(2);
    const times = heard.map(({ timeMs }) => timeMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("hangs up quickly when unsubscribed, whatever the line does", async () => {
    const { line, source } = await over({ silenceMs: 60_000 });
    const subscription = source.readings.subscribe({ error: () => {} });
    await status(source, "live");
    line.silence();
    subscription.unsubscribe();
    await expect.poll(() => line.open(), { ...patience, timeout: 3000 }).toBe(0);
  });

  it("hangs up quickly when unsubscribed while it reconnects", async () => {
    const { line, source } = await over({ silenceMs: 60_000 });
    const subscription = source.readings.subscribe({ error: () => {} });
    await status(source, "live");
    await line.cut();
    await status(source, "silent");
    subscription.unsubscribe();
    await line.mend();
    const quiet = new Promise((resolve) => setTimeout(resolve, 2500)); // the library would be back after one second
    await quiet;
    expect(line.open()).toBe(0);
  });

  it("fails after giveUpAfterMs with what was tried on a port where nobody listens", async () => {
    const { line, source } = await over({ giveUpAfterMs: 1500 });
    await line.cut();
    await expect(untilFailure(source)).rejects.toMatchObject({
      name: "GatewayError",
      code: "SOURCE_UNREACHABLE",
      retryable: true,
      message: expect.stringMatching(
        new RegExp(
          `gave up after 1500 ms and \\d+ failed attempts: opcua opc.tcp://127.0.0.1:${line.port}: .*ECONNREFUSED`,
        ),
      ),
      hint: "Check endpointUrl, and that the server runs and is reachable from this machine.",
    });
    await line.mend();
  });

  it.each<[string, (socket: Socket) => void]>([
    [
      "is no OPC UA server",
      (socket) => socket.on("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")),
    ],
    ["hangs up", (socket) => socket.on("data", () => socket.end())],
    ["never answers", (socket) => socket.resume()],
  ])("says that it cannot reach what %s", async (_what, onConnection) => {
    const endpointUrl = await stranger(onConnection);
    const source = opcuaSource({
      ...quick,
      pkiFolder: server.pkiFolder,
      endpointUrl,
      tags: [tag("a")],
      timeoutMs: 1000,
    });
    const heard = hear(source);
    const { error } = await status(source, "silent");
    expect(error?.message).toContain(`opcua ${endpointUrl}: `);
    expect(error?.code).toBe("SOURCE_UNREACHABLE");
    expect(heard).toEqual([expect.objectContaining({ tag: "a", quality: "bad" })]);
  });

  it("writes nothing to standard output, and keeps its certificate out of the home folder", async () => {
    const inHome = async () => {
      const names = await readdir(join(homedir(), ".config")).catch(() => []);
      return names.filter((name) => name.includes("opcua"));
    };
    const before = await inHome();
    const written: unknown[] = [];
    const spies = [
      vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(text) > 0),
      vi.spyOn(console, "log").mockImplementation((...text) => void written.push(text)),
    ];
    onTestFinished(() => {
      for (const spy of spies) spy.mockRestore();
    });
    const line = await breakableLine(server.port);
    onTestFinished(() => line.cut());
    const endpointUrl = `opc.tcp://127.0.0.1:${line.port}`;
    const source = opcuaSource({ ...quick, endpointUrl, tags: [tag("a")] });
    hear(source);
    await status(source, "live");
    await line.cut();
    await status(source, "silent");
    await line.mend();
    await status(source, "live");
    expect(written).toEqual([]);
    expect(await inHome()).toEqual(before);
    const inTemporary = await readdir(tmpdir());
    expect(inTemporary.some((name) => name.startsWith("wheeltapper-pki-"))).toBe(true);
  });
});
