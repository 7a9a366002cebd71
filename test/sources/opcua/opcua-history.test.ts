import { describe, expect, it } from "vitest";
import type { Reading } from "../../../src/core/reading.ts";
import {
  type HistoryPage,
  type OpcuaSourceOptions,
  type OpcuaValue,
  opcuaSource,
} from "../../../src/sources/opcua/index.ts";
import { statuses } from "../connection-script.ts";
import { hear, patience } from "../hearing.ts";
import { type ScriptedAnswers, type ScriptedServer, scriptedServer } from "./scripted-client.ts";

const a = "ns=1;s=a";
const b = "ns=1;s=b";
const at = (sourceTimeMs: number, statusCode = 0): OpcuaValue => ({
  statusCode,
  type: "Double",
  value: sourceTimeMs,
  sourceTimeMs,
});

interface Asked {
  readonly nodeId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly cursor?: unknown;
}

/** A connected source of two tags, sampled every 10 ms, over a server whose history the test plays. */
async function following(
  history: (asked: Asked) => HistoryPage | undefined | Promise<HistoryPage | undefined>,
  options: Partial<OpcuaSourceOptions> = {},
) {
  const asked: Asked[] = [];
  const answers: ScriptedAnswers = {
    async history(nodeId, fromMs, toMs, cursor) {
      const request = { nodeId, fromMs, toMs, ...(cursor !== undefined && { cursor }) };
      asked.push(request);
      return history(request);
    },
  };
  const server = scriptedServer(answers);
  const source = opcuaSource({
    endpointUrl: "opc.tcp://10.0.0.5:4840",
    tags: [
      { name: "a", nodeId: a },
      { name: "b", nodeId: b },
    ],
    client: server.client,
    samplingMs: 10,
    retryFirstMs: 1,
    retryMaxMs: 1,
    retryRefusedMs: 20,
    ...options,
  });
  const heard = hear(source);
  await untilMonitored(server);
  return { source, server, heard, asked };
}

const untilMonitored = (server: ScriptedServer) =>
  expect.poll(() => server.monitored(), patience).toEqual([a, b]);

async function interrupt(server: ScriptedServer): Promise<void> {
  const before = server.connections();
  server.listener()?.broken(new Error("gone"));
  await expect.poll(() => server.connections(), patience).toBe(before + 1);
  await untilMonitored(server);
}

const late = (heard: readonly Reading[], tag: string) =>
  heard.filter((reading) => reading.tag === tag && reading.late).map(({ timeMs }) => timeMs);

describe("history after a gap of an OPC UA server", () => {
  it("is delivered as late, in order, without what was delivered live", async () => {
    const { source, server, heard, asked } = await following(() => ({
      values: [at(1000), at(1010), at(1020), at(1500), at(2000)],
    }));
    server.send(a, at(1000));
    await interrupt(server);
    server.send(a, at(2000));
    await expect.poll(() => late(heard, "a"), patience).toEqual([1010, 1020, 1500]);
    expect(asked).toEqual([{ nodeId: a, fromMs: 1000, toMs: 2000 }]);
    const live = heard.filter(({ quality, late: isLate }) => quality === "good" && !isLate);
    expect(live.map(({ timeMs }) => timeMs)).toEqual([1000, 2000]);
    expect(source.counters?.()).toMatchObject({ late: 3, duplicates: 0 });
  });

  it("is not asked for when nothing is missing: at the start, and after a break that the server's queue has bridged", async () => {
    const { server, heard, asked } = await following(() => ({ values: [] }));
    server.send(a, at(1000));
    server.listener()?.lost(new Error("the connection broke"));
    server.listener()?.mended();
    server.send(a, at(1010), at(1020));
    server.send(b, at(1000));
    await expect.poll(() => heard.at(-1), patience).toMatchObject({ tag: "b", value: 1000 });
    await interrupt(server);
    server.send(a, at(1030));
    server.send(b, at(1000));
    server.send(b, at(5000)); // it had not changed until now
    await interrupt(server);
    server.send(b, at(9000)); // here something is missing
    await expect.poll(() => asked, patience).toEqual([{ nodeId: b, fromMs: 5000, toMs: 9000 }]);
  });

  it("does not bring again a bad value that was delivered live", async () => {
    const { server, heard } = await following(() => ({ values: [at(1010), at(1500, 0x808c0000)] }));
    server.send(a, at(1000));
    await interrupt(server);
    server.send(a, at(1500, 0x808c0000), at(2000));
    await expect.poll(() => late(heard, "a"), patience).toEqual([1010]);
  });

  it("comes in pages, one request at a time, while live values go on", async () => {
    let open = 0;
    let most = 0;
    const { server, heard, asked } = await following(async ({ nodeId, cursor }) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setTimeout(resolve, 5));
      server.send(b, at(10_000 + asked.length * 10));
      open -= 1;
      const page = Number(cursor ?? 0);
      if (nodeId === b) return { values: [] };
      return { values: [at(1010 + page * 10)], ...(page < 4 && { cursor: page + 1 }) };
    });
    server.send(a, at(1000));
    server.send(b, at(1000));
    await interrupt(server);
    server.send(a, at(2000));
    server.send(b, at(2000));
    await expect.poll(() => asked.filter(({ nodeId }) => nodeId === b).length, patience).toBe(1);
    expect(late(heard, "a")).toEqual([1010, 1020, 1030, 1040, 1050]);
    expect(most).toBe(1);
    expect(asked.filter(({ nodeId }) => nodeId === a).map(({ fromMs }) => fromMs)).toEqual(
      Array(5).fill(1000), // a continued request is the same request
    );
  });

  it("reaches back no further than backfillMs", async () => {
    const { server, asked } = await following(() => ({ values: [] }), { backfillMs: 300 });
    server.send(a, at(1000));
    await interrupt(server);
    server.send(a, at(90_000));
    await expect.poll(() => asked, patience).toEqual([{ nodeId: a, fromMs: 89_700, toMs: 90_000 }]);
  });

  it.each([{ backfillMs: 0 }, { timestamps: "arrival" as const }])(
    "is left alone with %j",
    async (options) => {
      const { server, asked, heard } = await following(() => ({ values: [] }), options);
      server.send(a, at(1000));
      await interrupt(server);
      server.send(a, at(90_000));
      await expect.poll(() => heard.at(-1)?.value, patience).toBe(90_000);
      await new Promise((resolve) => setImmediate(resolve)); // it would have been asked by now
      expect(asked).toEqual([]);
    },
  );

  it("is asked for once where the server stores nothing, which the status says", async () => {
    const { source, server, asked } = await following(() => undefined);
    const said = statuses(source);
    server.send(a, at(1000));
    await interrupt(server);
    server.send(a, at(2000));
    await expect.poll(() => asked.length, patience).toBe(1);
    server.listener()?.lost(new Error("the connection broke"));
    server.listener()?.mended();
    server.send(a, at(9000));
    server.send(a, at(9010));
    await expect
      .poll(() => said.at(-1)?.texts, patience)
      .toMatchObject({ history: "nothing stored of a" });
    expect(asked).toHaveLength(1);
  });

  it("goes on where it stopped when the server answers too late, without disturbing live values", async () => {
    let answers = 0;
    const { source, server, heard, asked } = await following(
      ({ cursor }) => {
        answers += 1;
        if (answers === 2) return new Promise(() => {}); // never
        if (answers === 1) return { values: [at(1010)], cursor: 1 };
        return { values: cursor === undefined ? [at(1010), at(1020)] : [] };
      },
      { timeoutMs: 100 },
    );
    server.send(a, at(1000));
    server.send(b, at(1000));
    await interrupt(server);
    const said = statuses(source);
    server.send(a, at(2000));
    server.send(b, at(1000));
    await expect.poll(() => asked.length, patience).toBe(2);
    let time = 2000;
    await expect
      .poll(() => {
        time += 10;
        server.send(a, at(time));
        return late(heard, "a");
      }, patience)
      .toEqual([1010, 1020]);
    expect(asked[2]).toEqual({ nodeId: a, fromMs: 1010, toMs: 2000 });
    expect(server.connections()).toBe(2);
    expect(said.at(-1)?.state).toBe("live");
  });

  it("that never comes to an end is left", async () => {
    const { server, heard, asked } = await following(() => ({ values: [at(1010)], cursor: 1 }));
    server.send(a, at(1000));
    await interrupt(server);
    server.send(a, at(2000));
    await expect.poll(() => asked.length, patience).toBe(2);
    await interrupt(server);
    expect(asked).toHaveLength(2);
    expect(late(heard, "a")).toEqual([1010]);
  });

  it.each(["before", "after"])(
    "and what the server sends again by itself %s it are not delivered twice",
    async (order) => {
      const stored = { values: [at(1010), at(1020), at(1030)] };
      const resend = () =>
        server.send(a, { ...at(1010), isResent: true }, { ...at(1020), isResent: true });
      const { server, heard, asked, source } = await following(async () => {
        if (order === "before") resend();
        return stored;
      });
      server.send(a, at(1000));
      server.listener()?.lost(new Error("the connection broke"));
      server.listener()?.mended();
      await expect
        .poll(() => {
          server.send(a, at(2000));
          return late(heard, "a").includes(1030);
        }, patience)
        .toBe(true);
      if (order === "after") resend();
      expect(asked).toHaveLength(1);
      expect(late(heard, "a").toSorted()).toEqual([1010, 1020, 1030]);
      expect(source.counters?.()).toMatchObject({ clockJumps: 0 });
    },
  );

  it("is not needed for what the server sends again after newer values: that is late, and no clock that was set back", async () => {
    const { source, server, heard } = await following(() => undefined);
    server.send(a, at(1000), at(2000));
    server.send(a, ...[1010, 1020, 1030, 1040].map((time) => ({ ...at(time), isResent: true })));
    server.send(a, at(2010));
    expect(heard.map(({ timeMs, late: isLate }) => `${timeMs}${isLate ? " late" : ""}`)).toEqual([
      "1000",
      "2000",
      "1010 late",
      "1020 late",
      "1030 late",
      "1040 late",
      "2010",
    ]);
    expect(source.counters?.()).toMatchObject({ clockJumps: 0 });
  });
});
