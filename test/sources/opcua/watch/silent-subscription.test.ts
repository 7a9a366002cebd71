import { describe, expect, it, onTestFinished } from "vitest";
import {
  type OpcuaSourceOptions,
  type OpcuaValue,
  opcuaSource,
} from "../../../../src/sources/opcua/index.ts";
import { statuses } from "../../connection-script.ts";
import { hear, patience } from "../../hearing.ts";
import { type ScriptedAnswers, type ScriptedServer, scriptedServer } from "../scripted-client.ts";

const a = "ns=1;s=a";
const at = (value: number, sourceTimeMs?: number): OpcuaValue => ({
  statusCode: 0,
  type: "Double",
  value,
  ...(sourceTimeMs !== undefined && { sourceTimeMs }),
});

/** A connected source that takes 50 ms without a word for silence. */
async function following(answers: ScriptedAnswers, options: Partial<OpcuaSourceOptions> = {}) {
  const server = scriptedServer({ publishingMs: 10, keepAliveMs: 10, ...answers });
  const source = opcuaSource({
    endpointUrl: "opc.tcp://10.0.0.5:4840",
    tags: [{ name: "a", nodeId: a }],
    client: server.client,
    samplingMs: 10,
    silenceMs: 50,
    retryFirstMs: 1,
    retryMaxMs: 1,
    ...options,
  });
  const heard = hear(source);
  const said = statuses(source);
  await expect.poll(() => server.monitored().length, patience).toBeGreaterThan(0);
  return { source, server, heard, said };
}

/** The server says that it is there, and nothing else. */
function keepAlive(server: ScriptedServer): void {
  const saying = setInterval(() => server.listener()?.heard(), 10);
  onTestFinished(() => clearInterval(saying));
}

describe("an OPC UA subscription that is alive but says nothing", () => {
  it("is made anew when a read finds what it should have reported, as with publishing disabled", async () => {
    const read = async () => [at(2, 2000)];
    const { server, said } = await following({ read });
    server.send(a, at(1, 1000));
    keepAlive(server);
    await expect.poll(() => server.connections(), patience).toBeGreaterThan(1);
    const { error } = said.find(({ state }) => state === "silent") ?? {};
    expect(error).toMatchObject({
      code: "SOURCE_UNREACHABLE",
      retryable: true,
      message: expect.stringContaining('that tag "a" (ns=1;s=a) has another value'),
    });
  });

  it.each<[string, OpcuaValue, OpcuaValue, Partial<OpcuaSourceOptions>]>([
    ["has the value that was reported", at(1, 1000), at(1, 2000), {}],
    ["reads an older value than the one that was reported", at(1, 1000), at(0, 500), {}],
    ["is no number twice", at(Number.NaN, 1000), at(Number.NaN, 2000), {}],
    [
      "says in an info bit that its queue ran over",
      { ...at(1, 1000), statusCode: 0x480 },
      at(1, 2000),
      {},
    ],
    [
      "lies within its deadband",
      at(1, 1000),
      at(2, 2000),
      { tags: [{ name: "a", nodeId: a, deadband: { absolute: 5 } }] },
    ],
  ])("is left in peace while the node %s", async (_what, reported, read, options) => {
    let reads = 0;
    const { server } = await following(
      {
        async read(nodeIds) {
          reads += 1;
          return nodeIds.map((nodeId) => (nodeId === a ? read : at(7)));
        },
      },
      {
        ...options,
        tags: [...(options.tags ?? [{ name: "a", nodeId: a }]), { name: "b", nodeId: "ns=1;s=b" }],
      },
    );
    server.send(a, reported);
    server.send("ns=1;s=b", at(7));
    keepAlive(server);
    await expect.poll(() => reads, patience).toBeGreaterThan(3);
    expect(server.connections()).toBe(1);
  });

  it("is made anew when it does not even say that it is alive, as after BadMessageNotAvailable", async () => {
    const { server, said } = await following({});
    server.send(a, at(1, 1000));
    server.listener()?.lost(new Error("the connection broke"));
    server.listener()?.mended(); // says the library
    await expect.poll(() => server.connections(), patience).toBeGreaterThan(1);
    expect(said.some(({ error }) => error?.message.includes("neither data nor keep-alive"))).toBe(
      true,
    );
  });
});

describe("an OPC UA server that has moved its namespaces in a restart", () => {
  it("gives no value of a wrong node, even when something else asked for the namespaces before", async () => {
    let namespaces = ["ua", "urn:line1"];
    const nodeId = "nsu=urn:line1;s=a";
    let server: ScriptedServer | undefined;
    const answers: ScriptedAnswers = {
      namespaces: () => namespaces,
      async history() {
        server?.listener()?.lost(new Error("the connection broke"));
        namespaces = ["ua", "urn:other", "urn:line1"];
        return { values: [] };
      },
    };
    const connected = await following(answers, {
      silenceMs: 20_000,
      tags: [
        { name: "a", nodeId },
        { name: "b", nodeId: "nsu=urn:line1;s=b" },
      ],
    });
    server = connected.server;
    for (const name of ["a", "b"]) server.send(`ns=1;s=${name}`, at(1, 1000));
    server.listener()?.broken(new Error("gone"));
    await expect.poll(() => server?.connections(), patience).toBe(2);
    await expect.poll(() => server?.monitored(), patience).toHaveLength(2);
    for (const name of ["a", "b"]) server.send(`ns=1;s=${name}`, at(1, 9000));
    await expect.poll(() => connected.source.counters?.().losses, patience).toBe(2);
    server.send("ns=1;s=a", at(666, 10_000));
    server.listener()?.mended();
    await expect.poll(() => server?.connections(), patience).toBe(3);
    await expect.poll(() => server?.monitored(), patience).toEqual(["ns=2;s=a", "ns=2;s=b"]);
    server.send("ns=2;s=a", at(2, 11_000));
    expect(connected.heard.map(({ value }) => value)).not.toContain(666);
    expect(connected.heard.at(-1)).toMatchObject({ tag: "a", value: 2 });
  });
});
