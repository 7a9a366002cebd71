import { describe, expect, it } from "vitest";
import {
  type OpcuaNode,
  type OpcuaSourceOptions,
  opcuaSource,
} from "../../../src/sources/opcua/index.ts";
import { hear, patience, status } from "../hearing.ts";
import { scriptedServer } from "./scripted-client.ts";

const tags = [{ name: "a", nodeId: "ns=1;s=a" }];
const endpointUrl = "opc.tcp://10.0.0.5:4840/plant";

describe("opcua source options", () => {
  it.each<[object, string]>([
    [
      { endpointUrl: "10.0.0.5:4840" },
      'endpointUrl must look like opc.tcp://host:4840/path, got "10.0.0.5:4840"',
    ],
    [
      { endpointUrl: "http://10.0.0.5" },
      'endpointUrl must look like opc.tcp://host:4840/path, got "http://10.0.0.5"',
    ],
    [
      { endpointUrl: "", name: "plc" },
      'endpointUrl must look like opc.tcp://host:4840/path, got ""',
    ],
    [
      { endpointUrl: undefined },
      "endpointUrl must look like opc.tcp://host:4840/path, got undefined",
    ],
    [{ tags: [] }, "tags must hold one or more tags"],
    [{ tags: [...tags, ...tags] }, 'name must be unique, got "a" twice'],
    [
      { tags: [{ name: "a", nodeId: "Pump1" }] },
      'nodeId must look like nsu=urn:acme:line1;s=Pump1.Temperature or ns=3;i=1001, got "Pump1"',
    ],
    [{ samplingMs: 0 }, "samplingMs must be a number above zero, got 0"],
    [{ publishingMs: -1 }, "publishingMs must be a number above zero, got -1"],
    [{ silenceMs: Number.NaN }, "silenceMs must be a number above zero, got NaN"],
    [{ queueSize: 1.5 }, "queueSize must be a whole number from 1 on, got 1.5"],
  ])("refuses %j", (wrong, message) => {
    const options = { endpointUrl, tags, ...wrong } as OpcuaSourceOptions;
    expect(() => opcuaSource(options)).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(message),
      }),
    );
  });

  it("is named after the server unless told otherwise", () => {
    expect(opcuaSource({ endpointUrl, tags }).name).toBe("opcua 10.0.0.5:4840");
    expect(opcuaSource({ endpointUrl, tags, name: "plc" }).name).toBe("plc");
  });

  it.each<[Partial<OpcuaSourceOptions>, number, number]>([
    [{}, 1000, 10],
    [{ samplingMs: 100 }, 100, 10],
    [{ samplingMs: 100, publishingMs: 2500 }, 2500, 25],
    [{ samplingMs: 100, publishingMs: 100 }, 5000, 50], // the server publishes less often than it was asked to
    [{ samplingMs: 100, publishingMs: 2500, queueSize: 3 }, 2500, 3],
  ])(
    "asks for a queue that holds one publishing: %j, published every %d ms",
    async (options, publishingMs, expected) => {
      const asked: OpcuaNode[] = [];
      const server = scriptedServer({
        publishingMs,
        monitor(nodes) {
          asked.push(...nodes);
          return nodes.map(() => ({ statusCode: 0 }));
        },
      });
      hear(opcuaSource({ endpointUrl, tags, client: server.client, ...options }));
      await expect
        .poll(() => asked, patience)
        .toEqual([{ nodeId: "ns=1;s=a", queueSize: expected }]);
    },
  );

  it("stamps what nobody has stamped on arrival, keeps the status, and counts a queue that ran over", async () => {
    const server = scriptedServer();
    const source = opcuaSource({ endpointUrl, tags, client: server.client, now: () => 7 });
    const heard = hear(source);
    await expect.poll(() => server.monitored().length, patience).toBe(1);
    server.send("ns=1;s=a", { statusCode: 0x480, type: "Double", value: 2 });
    expect(heard).toEqual([
      { tag: "a", timeMs: expect.closeTo(7, -4), value: 2, quality: "good", statusCode: 0x480 },
    ]);
    expect(source.counters?.()).toMatchObject({ overflows: 1 });
  });

  it("says in the status where the server does something else than it was asked for", async () => {
    const server = scriptedServer({
      publishingMs: 2000,
      monitor: (nodes) =>
        nodes.map(() => ({ statusCode: 0, samplingMs: 500, queueSize: 1, hasDeadband: false })),
    });
    const source = opcuaSource({ endpointUrl, tags, client: server.client });
    hear(source);
    await expect.poll(() => server.monitored().length, patience).toBe(1);
    server.send("ns=1;s=a", { statusCode: 0, type: "Double", value: 2 });
    expect((await status(source, "live")).texts).toEqual({
      publishing: "asked for 1000 ms, the server sends every 2000 ms",
      sampling: "asked for 1000 ms, the server samples every 500 ms (a)",
      queue: "asked for 10 values, the server keeps 1 (a)",
      deadband: "not taken by the server, it sends every change (a)",
    });
  });
});
