import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Observable } from "rxjs";
import { describe, expect, it, vi } from "vitest";
import type { AnomalyEvent } from "../../src/core/anomaly-event.ts";
import type { Reading } from "../../src/core/reading.ts";
import type { Score } from "../../src/core/score.ts";
import type { Tag } from "../../src/core/tag.ts";
import { GatewayError } from "../../src/errors.ts";
import { scoreReadings } from "../../src/model/score-readings.ts";
import { fileSink } from "../../src/sinks/file/file-sink.ts";
import type { Sink } from "../../src/sinks/sink.ts";
import type { Source } from "../../src/sources/source.ts";
import { openTrace } from "../../src/sources/trace/open-trace.ts";
import { traceSource } from "../../src/sources/trace/trace-source.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { withFault, writeTrace } from "../trace-file.ts";
import {
  faultyFrames,
  gatewayOf,
  handSource,
  model,
  outboxIn,
  readingsOf,
  replay,
} from "./machine-gateway.ts";

describe("gateway", () => {
  it("takes a recorded fault from the trace through one event to the sink", async () => {
    const folder = tempFolder();
    const out = join(folder, "events.jsonl");
    const source = traceSource(writeTrace(join(folder, "trace.csv"), faultyFrames()));
    const outbox = outboxIn(folder);
    const gateway = gatewayOf({ sources: [source], sinks: [fileSink(out)], outbox });
    const delivered = vi.waitFor(() => {
      expect(gateway.health().sinks[0]).toMatchObject({ pending: 0, delivered: 2 });
    }, 10_000);
    const events: AnomalyEvent[] = [];
    const listening = gateway.events.forEach((event) => {
      if (event.kind === "anomaly") events.push(event);
    });
    await gateway.start();
    await gateway.done;
    await delivered;

    expect(events.map(({ phase, revision, machine }) => [phase, revision, machine])).toEqual([
      ["opened", 0, "pump-1"],
      ["closed", 1, "pump-1"],
    ]);
    expect(events[0]?.contributions[0]?.tag).toBe("current");
    expect(events[0]?.startMs).toBeGreaterThanOrEqual(faultyFrames()[80]?.timeMs ?? Number.NaN);
    // The raw readings around the opening, whatever else of the trace has been read by then.
    const times = events[0]?.readings.map(({ timeMs }) => timeMs) ?? [];
    expect(times).toHaveLength(31 * 3);
    expect(Math.max(...times)).toBeLessThan((events[0]?.startMs ?? 0) + 10_000);
    const lines = readFileSync(out, "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(events.map(({ id }) => id));

    const { counters, machines, sources } = gateway.health();
    expect(counters).toMatchObject({ readings: 600, frames: 200, windows: 193, events: 2 });
    expect(new Set(Object.values(counters.drops))).toEqual(new Set([0]));
    expect(machines[0]).toMatchObject({ name: "pump-1", model: model.identity, openEvents: [] });
    expect(sources[0]).toMatchObject({ name: source.name, state: "ended" });
    await gateway.stop();
    await listening;
  });

  it("gives a trace the same scores as batch scoring", async () => {
    const path = writeTrace(join(tempFolder(), "trace.csv"), faultyFrames());
    const { scores } = await replay(gatewayOf({ sources: [traceSource(path)] }));
    const batch: Score[] = [];
    for await (const some of scoreReadings(model, openTrace(path).chunks)) batch.push(...some);
    expect(scores.length).toBe(193);
    expect(scores.map(({ endMs, verdict, coverage }) => [endMs, verdict, coverage])).toEqual(
      batch.map(({ endMs, verdict, coverage }) => [endMs, verdict, coverage]),
    );
    scores.forEach(({ value }, place) => {
      expect(value).toBeCloseTo(batch[place]?.value ?? Number.NaN, 4);
    });
  });

  it("joins tags of several sources in one machine, and serves several machines by names of their own", async () => {
    const readings = readingsOf(machineFrames(50));
    const only = (names: readonly string[], prefix = ""): Source =>
      handSource(
        `plc ${prefix}${names}`,
        new Observable((subscriber) => {
          for (const one of readings) {
            if (names.includes(one.tag)) subscriber.next({ ...one, tag: prefix + one.tag });
          }
          subscriber.complete();
        }),
        names.map((name) => ({ name: prefix + name })),
      );
    const tagNames = Object.fromEntries(machineTags.map(({ name }) => [name, `other.${name}`]));
    const gateway = gatewayOf({
      sources: [
        only(["current"]),
        only(["pressure", "temperature"]),
        only(Object.keys(tagNames), "other."),
      ],
      machines: [
        { name: "pump-1", model, latenessMs: 1e9 },
        { name: "pump-2", model, tagNames },
      ],
    });
    const { scores } = await replay(gateway);
    const of = (name: string): number[] =>
      scores.filter(({ machine }) => machine === name).map(({ value }) => value);
    expect(of("pump-1").length).toBe(43);
    expect(of("pump-1")).toEqual(of("pump-2"));
  });

  it("lets the source say which tags stand until they change, whatever the model was trained on", async () => {
    const sparse = readingsOf(machineFrames(60)).filter(
      ({ tag }, place) => tag !== "pressure" || place < 3,
    );
    const readings = new Observable<Reading>((subscriber) => {
      for (const one of sparse) subscriber.next(one);
      subscriber.complete();
    });
    const onChange = machineTags.map(
      (tag): Tag => (tag.name === "pressure" ? { ...tag, reporting: "on-change" } : tag),
    );
    const { scores } = await replay(
      gatewayOf({ sources: [handSource("opcua", readings, onChange)] }),
    );
    expect(scores.length).toBe(53);
    expect(
      scores.every(
        ({ coverage, contributions }) => coverage === 1 && !Number.isNaN(contributions[1]?.actual),
      ),
    ).toBe(true);
  });

  it("does not slow down, nor lose an event, when the cloud is away", async () => {
    const folder = tempFolder();
    const write = vi.fn<Sink["write"]>(async (_, signal) => {
      await new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () =>
          reject(new GatewayError("SINK_UNREACHABLE", "stopped", { retryable: true })),
        );
      });
      throw new Error("not reached");
    });
    const silent: Sink = { name: "cloud", write, close: async () => {} };
    const source = traceSource(writeTrace(join(folder, "trace.csv"), faultyFrames()));
    const outbox = outboxIn(folder);
    const gateway = gatewayOf({ sources: [source], sinks: [silent], outbox });
    await gateway.start();
    await gateway.done;
    await vi.waitFor(() => expect(write).toHaveBeenCalledTimes(1));
    await gateway.stop();
    expect(gateway.health().counters).toMatchObject({ readings: 600, windows: 193, events: 2 });
    expect(outbox.queue("cloud").stats().pending).toBe(2);
  });

  it("goes on with an event that a crash left open, under the same id", async () => {
    const folder = tempFolder();
    const outbox = outboxIn(folder);
    const frames = withFault(machineFrames(200, { seed: 7 }), 80, 100);
    const part = (name: string, from: number, to: number): Source =>
      traceSource(writeTrace(join(folder, name), frames.slice(from, to)));
    const sinks = [fileSink(join(folder, "events.jsonl"))];
    const [opened] = (await replay(gatewayOf({ sources: [part("a.csv", 0, 100)], sinks, outbox })))
      .events;
    expect(opened?.phase).toBe("opened");
    // What a crash would leave: the gateway is gone, and its outbox still knows of the event.
    const { events } = await replay(
      gatewayOf({
        sources: [part("b.csv", 100, 200)],
        sinks: [fileSink(join(folder, "more.jsonl"))],
        outbox,
      }),
    );
    expect(events).toMatchObject([
      { id: opened?.id, phase: "closed", revision: 1, startMs: opened?.startMs },
    ]);
  });

  it("closes an open event that its new model cannot go on with", async () => {
    const folder = tempFolder();
    const outbox = outboxIn(folder);
    const sinks = [fileSink(join(folder, "events.jsonl"))];
    const path = writeTrace(join(folder, "a.csv"), faultyFrames().slice(0, 100));
    const sources = [traceSource(path)];
    const [opened] = (await replay(gatewayOf({ sources, sinks, outbox }))).events;
    const retrained = { ...model, identity: { ...model.identity, sha256: "another" } };
    const quiet = traceSource(
      writeTrace(join(folder, "b.csv"), machineFrames(50, { firstMs: 1e6 })),
    );
    const { events } = await replay(
      gatewayOf({
        sources: [quiet],
        machines: [{ name: "pump-1", model: retrained }],
        sinks: [fileSink(join(folder, "more.jsonl"))],
        outbox,
      }),
    );
    expect(events).toMatchObject([{ id: opened?.id, phase: "closed", revision: 1 }]);
    expect(await outbox.unclosed()).toEqual([]);
  });
});
