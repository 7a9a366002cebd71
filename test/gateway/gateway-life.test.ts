import { NEVER, Observable, Subject, throwError } from "rxjs";
import { describe, expect, it, vi } from "vitest";
import type { Reading } from "../../src/core/reading.ts";
import type { Tag } from "../../src/core/tag.ts";
import { GatewayError } from "../../src/errors.ts";
import type { GatewayOptions } from "../../src/gateway/gateway.ts";
import type { Scorer } from "../../src/model/scorer.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import { ALL_ACCEPTED, type Sink } from "../../src/sinks/sink.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { withFault } from "../trace-file.ts";
import { gatewayOf, handSource, model, outboxIn, readingsOf } from "./machine-gateway.ts";

describe("gateway", () => {
  it("lets a source that fails for good take nobody else down, and tells of it at the end", async () => {
    const broken = new GatewayError("TRACE_INVALID", "bad.csv:3: text in a number column");
    const healthy = new Subject<Reading>();
    const gateway = gatewayOf({
      sources: [
        handSource(
          "broken",
          throwError(() => broken),
          [{ name: "other" }],
        ),
        handSource("healthy", healthy),
      ],
    });
    await gateway.start();
    for (const one of readingsOf(machineFrames(20))) healthy.next(one);
    expect(gateway.health().counters.frames).toBe(20);
    healthy.complete();
    await expect(gateway.done).rejects.toBe(broken);
  });

  it("counts every reading that reaches no frame, by reason", async () => {
    const source = new Subject<Reading>();
    const gateway = gatewayOf({
      sources: [handSource("plc", source, [...machineTags, { name: "spare" }])],
    });
    await gateway.start();
    const frames = machineFrames(5);
    for (const one of readingsOf(frames)) source.next(one);
    const [first] = readingsOf(frames) as [Reading];
    source.next(first);
    source.next({ ...first, tag: "spare" });
    source.next({ ...first, timeMs: 5_500, value: Number.NaN, quality: "bad" });
    const { counters } = gateway.health();
    expect(counters.readings).toBe(18);
    expect(counters.drops).toMatchObject({ late: 1, "unknown-tag": 1, "bad-quality": 1 });
  });

  it("counts every window that its model fails on, and goes on with the next", async () => {
    let failures = 1;
    const moody: Scorer = {
      ...model,
      async score(windows) {
        if (failures-- > 0) throw new GatewayError("SCORING_FAILED", "out of memory");
        return model.score(windows);
      },
    };
    const source = new Subject<Reading>();
    const machines = [{ name: "pump-1", model: moody }];
    const gateway = gatewayOf({ sources: [handSource("plc", source)], machines });
    const scores: number[] = [];
    const listening = gateway.scores.forEach(({ endMs }) => void scores.push(endMs));
    await gateway.start();
    const failed = (): number => gateway.health().counters.drops["scoring-failed"];
    for (const [place, one] of readingsOf(machineFrames(60)).entries()) {
      if (place === 90) await expect.poll(failed).toBeGreaterThanOrEqual(1);
      source.next(one);
    }
    await gateway.stop();
    await listening;
    const {
      counters,
      machines: [health],
    } = gateway.health();
    expect(counters.windows).toBe(53);
    expect(scores.length + counters.drops["scoring-failed"]).toBe(53);
    expect(counters.drops["scoring-failed"]).toBeGreaterThanOrEqual(1);
    expect(health).not.toHaveProperty("lastError");
  });

  it("leaves nothing running when it is stopped while it starts", async () => {
    const connected = new Set<string>();
    const readings = new Observable<Reading>(() => {
      connected.add("plc");
      return () => connected.delete("plc");
    });
    const signals = process.listenerCount("SIGTERM");
    const gateway = gatewayOf({ sources: [handSource("plc", readings)], handleSignals: true });
    await Promise.all([gateway.start(), gateway.stop()]);
    expect([connected.size, gateway.health().state]).toEqual([0, "stopped"]);
    expect(process.listenerCount("SIGTERM")).toBe(signals);
  });

  it("can be started again when its outbox could not be read", async () => {
    let failures = 1;
    const outbox = outboxIn(tempFolder());
    const moody: Outbox = {
      ...outbox,
      async unclosed() {
        if (failures-- > 0) throw new GatewayError("OUTBOX_UNAVAILABLE", "disk error");
        return outbox.unclosed();
      },
    };
    const write = vi.fn<Sink["write"]>(async () => ALL_ACCEPTED);
    const sinks = [{ name: "cloud", write, close: async () => {} }];
    const gateway = gatewayOf({ sources: [handSource("plc", NEVER)], sinks, outbox: moody });
    await expect(gateway.start()).rejects.toMatchObject({ code: "OUTBOX_UNAVAILABLE" });
    await gateway.start();
    expect(gateway.health().state).toBe("running");
  });

  it("goes on with an open event when its model fails in the middle of it", async () => {
    let failing = false;
    const moody: Scorer = {
      ...model,
      async score(windows) {
        if (failing) throw new GatewayError("SCORING_FAILED", "out of memory");
        return model.score(windows);
      },
    };
    const source = new Subject<Reading>();
    const machines = [{ name: "pump-1", model: moody }];
    const gateway = gatewayOf({ sources: [handSource("plc", source)], machines });
    const phases: string[] = [];
    const listening = gateway.events.forEach(({ phase }) => void phases.push(phase));
    await gateway.start();
    const frames = withFault(machineFrames(2_000, { seed: 7 }), 40, 60);
    let row = 0;
    const play = (until: () => void): Promise<void> =>
      vi.waitFor(
        () => {
          for (const one of readingsOf(frames.slice(row, row + 10))) source.next(one);
          row += 10;
          until();
        },
        { timeout: 10_000, interval: 50 },
      );
    await play(() => expect(phases).toEqual(["opened"]));
    failing = true;
    await play(() => expect(gateway.health().counters.drops["scoring-failed"]).toBeGreaterThan(5));
    expect(gateway.health().machines[0]?.lastError).toMatchObject({ code: "SCORING_FAILED" });
    failing = false;
    await play(() => expect(phases.at(-1)).toBe("closed"));
    expect(phases.filter((phase) => phase === "opened")).toHaveLength(1);
    await gateway.stop();
    await listening;
  });

  it("disconnects its sources when it stops, twice as well as once, and completes its streams", async () => {
    const connected = new Set<string>();
    const readings = new Observable<Reading>(() => {
      connected.add("plc");
      return () => connected.delete("plc");
    });
    const gateway = gatewayOf({ sources: [handSource("plc", readings)] });
    const ended = Promise.all([gateway.events.forEach(() => {}), gateway.scores.forEach(() => {})]);
    expect(gateway.health().state).toBe("idle");
    await gateway.start();
    expect([connected.size, gateway.health().state]).toEqual([1, "running"]);
    await Promise.all([gateway.stop(), gateway.stop()]);
    expect([connected.size, gateway.health().state]).toEqual([0, "stopped"]);
    await Promise.all([ended, gateway.done]);
    await expect(gateway.start()).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("refuses to start when a tag is missing or comes twice", async () => {
    const half = handSource("plc", NEVER, machineTags.slice(0, 1));
    await expect(gatewayOf({ sources: [half] }).start()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message:
        'machine "pump-1": its model needs pressure, temperature, the sources deliver current',
    });
    const twice = [handSource("a", NEVER), handSource("b", NEVER)];
    await expect(gatewayOf({ sources: twice }).start()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: 'tag "current" comes from two sources: a and b',
    });
  });

  it("refuses to start when a source reads too seldom for a model: such a gateway would be blind", async () => {
    const slowly = machineTags.map((tag): Tag => ({ ...tag, periodMs: 5_000 }));
    const slow = handSource("plc", NEVER, slowly);
    await expect(gatewayOf({ sources: [slow] }).start()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message:
        'machine "pump-1": its model has a frame every 1000 ms, current is read only every 5000 ms',
    });
    const onChange = slowly.map((tag): Tag => ({ ...tag, reporting: "on-change" }));
    const server = handSource("opcua", NEVER, onChange);
    await expect(gatewayOf({ sources: [server] }).start()).resolves.toBeUndefined();
  });

  it("names the tags of which nothing is known", async () => {
    const source = new Subject<Reading>();
    const gateway = gatewayOf({ sources: [handSource("plc", source)] });
    await gateway.start();
    for (const one of readingsOf(machineFrames(10))) if (one.tag !== "pressure") source.next(one);
    expect(gateway.health().machines[0]?.unknownTags).toEqual(["pressure"]);
  });

  it("shows the message of an error in the JSON of its health", () => {
    const error = new GatewayError("SINK_UNREACHABLE", "cannot reach cloud", {
      cause: new Error("ECONNREFUSED"),
    });
    expect(JSON.parse(JSON.stringify({ lastError: error }))).toEqual({
      lastError: {
        code: "SINK_UNREACHABLE",
        message: "cannot reach cloud",
        retryable: false,
        cause: "ECONNREFUSED",
      },
    });
  });

  it.each([
    { wrong: { name: "" }, shows: "name" },
    { wrong: { sources: [handSource("a", NEVER), handSource("a", NEVER)] }, shows: "sources" },
    { wrong: { machines: [] }, shows: "machines" },
    {
      wrong: { sinks: [{ name: "s", write: vi.fn(), close: vi.fn() }] },
      shows: "sinks need an outbox",
    },
  ])("refuses wrong $shows", ({ wrong, shows }) => {
    const sources = [handSource("plc", NEVER)];
    const options = { sources, machines: [{ name: "m", model }], ...wrong } as GatewayOptions;
    expect(() => gatewayOf(options)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(shows) }),
    );
  });
});
