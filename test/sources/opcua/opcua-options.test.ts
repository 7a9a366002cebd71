import { describe, expect, it } from "vitest";
import {
  type OpcuaClient,
  type OpcuaSourceOptions,
  type OpcuaTarget,
  opcuaSource,
} from "../../../src/sources/opcua/index.ts";
import { firstReadings } from "../hearing.ts";

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

  it.each([
    [{}, { samplingMs: 1000, publishingMs: 1000, queueSize: 10 }],
    [{ samplingMs: 100 }, { publishingMs: 100, queueSize: 10 }],
    [{ samplingMs: 100, publishingMs: 2500 }, { queueSize: 25 }],
    [{ samplingMs: 100, publishingMs: 2500, queueSize: 3 }, { queueSize: 3 }],
  ])("asks the server for a queue that holds one publishing: %j", async (options, expected) => {
    const targets: OpcuaTarget[] = [];
    const client = (target: OpcuaTarget): OpcuaClient => {
      targets.push(target);
      return {
        connect: async () => ({ keepAliveMs: 1000 }),
        namespaces: async () => [],
        monitor: async (_nodes, onValues) => {
          onValues([[0, { statusCode: 0x480, type: "Double", value: 2 }]]);
          return [{ statusCode: 0 }];
        },
        read: async () => [],
        history: async () => undefined,
        close: async () => {},
      };
    };
    const source = opcuaSource({ endpointUrl, tags, client, now: () => 7, ...options });
    // no timestamp at all: the time of arrival; the overflow bit of the status stays visible
    expect(await firstReadings(source, 1)).toEqual([
      { tag: "a", timeMs: 7, value: 2, quality: "good", statusCode: 0x480 },
    ]);
    expect(targets[0]).toMatchObject(expected);
    expect(source.counters?.()).toMatchObject({ overflows: 1 });
  });
});
