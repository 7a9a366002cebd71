import { join } from "node:path";
import { firstValueFrom } from "rxjs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Reading } from "../../../src/core/reading.ts";
import {
  type OpcuaSourceOptions,
  type OpcuaTag,
  opcuaSource,
} from "../../../src/sources/opcua/index.ts";
import { sourceContract } from "../../../src/testing/source-contract.ts";
import { peerSkipReason } from "../../peers/peer-skip-reason.ts";
import { launchPeer, type Peer, startPeer } from "../../peers/start-peer.ts";
import { folderOfFile } from "../../temp-folder.ts";
import { hear, patience, status } from "../hearing.ts";
import { breakableLine } from "./breakable-line.ts";

const pkiFolder = join(folderOfFile(), "client");
const tag = (name: string): OpcuaTag => ({ name, nodeId: `nsu=urn:acme:line1;s=${name}` });

function sourceAt(port: number, options: Partial<OpcuaSourceOptions> = {}) {
  return opcuaSource({
    endpointUrl: `opc.tcp://127.0.0.1:${port}`,
    tags: [tag("Temp")],
    samplingMs: 50,
    publishingMs: 100,
    silenceMs: 1000,
    timeoutMs: 2000,
    retryFirstMs: 50,
    retryMaxMs: 200,
    retryRefusedMs: 200,
    pkiFolder,
    ...options,
  });
}

const of = (heard: readonly Reading[], name: string) => heard.filter((each) => each.tag === name);
const good = (heard: readonly Reading[], name: string) =>
  of(heard, name).filter(({ quality }) => quality === "good");

/** Of one tag: no time twice, and none backwards but for late ones. */
function expectOnce(readings: readonly Reading[]): void {
  const times = readings.map(({ timeMs }) => timeMs);
  expect(new Set(times).size).toBe(times.length);
  const live = readings.filter(({ late }) => !late).map(({ timeMs }) => timeMs);
  expect(live).toEqual(live.toSorted((a, b) => a - b));
}

describe.skipIf(peerSkipReason("open62541"))("opcua source and open62541, data", () => {
  let peer: Peer;
  beforeAll(async () => {
    peer = await launchPeer("open62541", (port) => [port]);
  });
  afterAll(() => peer.kill());

  describe.each(["subscribe", "poll"] as const)("%s", (mode) => {
    describe("keeps the promises of a source", () => {
      sourceContract(async () => {
        const line = await breakableLine(peer.port);
        return {
          source: sourceAt(line.port, { mode, tags: ["Temp", "On", "Big"].map(tag) }),
          connections: () => line.open(),
          outage: { takeAway: () => line.cut(), bringBack: () => line.mend() },
          close: () => line.cut(),
        };
      });
    });

    it("gives what the server has, each kind of value with its quality", async () => {
      const names = ["Temp", "Flaky", "NaNny", "Big", "On", "Name", "Range"];
      const source = sourceAt(peer.port, {
        mode,
        tags: [...names.map(tag), { ...tag("Arr"), array: { elementMs: 0.25 } }],
      });
      const heard = hear(source);
      await expect.poll(() => good(heard, "Temp").length, patience).toBeGreaterThan(30);
      expect(of(heard, "Temp").every(({ value }) => value >= 19 && value <= 21)).toBe(true);
      expect(
        new Set(of(heard, "Flaky").map((each) => `${each.quality} ${each.statusCode}`)),
      ).toEqual(new Set(["good undefined", "uncertain 1083179008", "bad 2156658688"]));
      const flawed = of(heard, "NaNny").map(({ value, quality }) => `${value} ${quality}`);
      expect(new Set(flawed)).toEqual(new Set(["NaN bad", "1 good"]));
      expect(of(heard, "Big")).toMatchObject([{ value: 2 ** 53, quality: "uncertain" }]);
      expect(of(heard, "On")).toMatchObject([{ value: 1, quality: "good" }]);
      expect(of(heard, "Name")).toMatchObject([{ quality: "bad" }]);
      expect(of(heard, "Range")).toMatchObject([{ quality: "bad" }]);
      const wave = of(heard, "Arr");
      expect(wave.map(({ value }) => value)).toEqual([1, 2, 3, 4]);
      expect((wave[3]?.timeMs ?? 0) - (wave[0]?.timeMs ?? 0)).toBeCloseTo(0.75, 2);
      for (const name of names) expectOnce(of(heard, name));
    });

    it("delivers a clock that is an hour behind as it is, or stamps on arrival", async () => {
      const sent = hear(sourceAt(peer.port, { mode, tags: [tag("HourBehind")] }));
      await expect.poll(() => sent.length, patience).toBeGreaterThan(5);
      const hour = 3_600_000;
      for (const { timeMs } of sent)
        expect(Math.abs(timeMs + hour - Date.now())).toBeLessThan(60_000);
      const stamped = hear(
        sourceAt(peer.port, { mode, tags: [tag("HourBehind")], timestamps: "arrival" }),
      );
      await expect.poll(() => stamped.length, patience).toBeGreaterThan(5);
      for (const { timeMs } of stamped) expect(Math.abs(timeMs - Date.now())).toBeLessThan(60_000);
      expectOnce(sent);
    });

    it("reads the same signals when the order of the namespaces changes at a restart", async () => {
      let shift: readonly string[] = [];
      const own = await startPeer("open62541", (port) => [port, ...shift]);
      const byIndex = { name: "index", nodeId: "ns=2;s=Temp" };
      const heard = hear(sourceAt(own.port, { mode, tags: [tag("Temp"), byIndex] }));
      await expect.poll(() => good(heard, "index").length, patience).toBeGreaterThan(2);
      shift = ["shifted"];
      await own.restart();
      const before = heard.length;
      await expect
        .poll(() => good(heard.slice(before), "Temp").length, patience)
        .toBeGreaterThan(2);
      expect(heard.findLast((each) => each.tag === "index")?.quality).toBe("bad");
    });

    it("goes on without a node that is gone after a restart, and takes it up when it is back", async () => {
      let missing: readonly string[] = [];
      const own = await startPeer("open62541", (port) => [port, ...missing]);
      const source = sourceAt(own.port, { mode, tags: [tag("Temp"), tag("On")] });
      const heard = hear(source);
      await status(source, "live");
      missing = ["without", "On"];
      await own.restart();
      await status(source, "degraded");
      const parts = async () =>
        (await firstValueFrom(source.status)).troubles.map(({ part }) => part);
      await expect.poll(parts, patience).toEqual(["tag On"]);
      const before = heard.length;
      await expect
        .poll(() => good(heard.slice(before), "Temp").length, patience)
        .toBeGreaterThan(2);
      missing = [];
      await own.restart();
      await status(source, "live");
      expect(heard.findLast((each) => each.tag === "On")?.quality).toBe("good");
    });

    it("comes back after kill -9, without a reading twice", async () => {
      const own = await startPeer("open62541", (port) => [port]);
      const source = sourceAt(own.port, { mode });
      const heard = hear(source);
      await status(source, "live");
      for (let round = 0; round < 2; round += 1) {
        await own.kill();
        await status(source, "silent");
        await own.restart();
        const before = heard.length;
        await expect
          .poll(() => good(heard.slice(before), "Temp").length, patience)
          .toBeGreaterThan(3);
      }
      expectOnce(heard);
      expect(source.counters?.().losses).toBeGreaterThan(1);
    });

    it("comes back after the server hung for longer than it may be silent, without a reading twice", async () => {
      const own = await startPeer("open62541", (port) => [port]);
      const source = sourceAt(own.port, { mode });
      const heard = hear(source);
      await status(source, "live");
      own.freeze();
      const { error } = await status(source, "silent");
      expect(error).toMatchObject({ code: "SOURCE_UNREACHABLE", retryable: true });
      own.thaw();
      const before = heard.length;
      await expect
        .poll(() => good(heard.slice(before), "Temp").length, patience)
        .toBeGreaterThan(3);
      expectOnce(heard);
    });

    it("fills a gap from the history of the server, beside live values", async () => {
      const line = await breakableLine(peer.port);
      onTestFinished(() => line.cut());
      const source = sourceAt(line.port, { mode });
      const heard = hear(source);
      await expect.poll(() => good(heard, "Temp").length, patience).toBeGreaterThan(10);
      line.silence();
      await status(source, "silent");
      await new Promise((resolve) => setTimeout(resolve, 1500)); // the server goes on meanwhile
      await line.cut();
      line.resume();
      await line.mend();
      await expect
        .poll(() => heard.filter(({ late }) => late).length, patience)
        .toBeGreaterThan(15);
      await expect.poll(() => heard.slice(-5).some(({ late }) => late), patience).toBe(false);
      expectOnce(heard.filter(({ quality }) => quality === "good"));
      const times = good(heard, "Temp")
        .map(({ timeMs }) => timeMs)
        .toSorted((a, b) => a - b);
      const steps = times.slice(1).map((time, place) => time - (times[place] as number));
      expect(steps.length).toBeGreaterThan(25);
      expect(Math.max(...steps)).toBeLessThan(250); // a value every 100 ms, give or take a busy machine
    });
  });

  it("says in the status what the server does otherwise than asked", async () => {
    const source = sourceAt(peer.port, {
      samplingMs: 10,
      tags: [
        tag("Temp"),
        { ...tag("Temp"), name: "coarse", deadband: { absolute: 0.5 } },
        { ...tag("Temp"), name: "share", deadband: { percent: 5 } },
      ],
    });
    const heard = hear(source);
    const { texts } = await status(source, "live");
    expect(texts).toEqual({
      sampling: "asked for 10 ms, the server samples every 50 ms (Temp, coarse, share)",
      deadband: "not taken by the server, it sends every change (share)",
    });
    await expect.poll(() => of(heard, "coarse").length, patience).toBeGreaterThan(3);
    const steps = of(heard, "coarse").map(({ value }) => value);
    const changes = steps
      .slice(1)
      .map((value, place) => Math.abs(value - (steps[place] as number)));
    expect(Math.min(...changes)).toBeGreaterThan(0.5);
    expect(of(heard, "share").length).toBeGreaterThan(2 * of(heard, "coarse").length);
  });
});
