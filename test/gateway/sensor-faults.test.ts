import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Observable, Subject } from "rxjs";
import { describe, expect, it, vi } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { Reading } from "../../src/core/reading.ts";
import type { Score } from "../../src/core/score.ts";
import type { SensorFaultMessage } from "../../src/math/sensor-fault-detector.ts";
import { scoreReadings } from "../../src/model/score-readings.ts";
import { fileSink } from "../../src/sinks/file/file-sink.ts";
import type { Source } from "../../src/sources/source.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import { PRESSURE, repeat, withSensor } from "../sensor-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { withFault } from "../trace-file.ts";
import { gatewayOf, handSource, model, outboxIn, readingsOf, replay } from "./machine-gateway.ts";

const normal = machineFrames(600, { seed: 7 });
const stuck = withSensor(normal, PRESSURE, [100, 400], repeat(normal, PRESSURE, 99));

/** The pressure sensor says bad from one row on and before another. */
const died = (from: number, to: number, frames: readonly Frame[] = normal): Reading[] =>
  readingsOf(frames).map((reading, place) => {
    const row = Math.floor(place / machineTags.length);
    if (reading.tag !== "pressure" || row < from || row >= to) return reading;
    return { ...reading, value: Number.NaN, quality: "bad" };
  });

const sourceOf = (readings: readonly Reading[]): Source =>
  handSource(
    "plc",
    new Observable((subscriber) => {
      for (const reading of readings) subscriber.next(reading);
      subscriber.complete();
    }),
  );

describe("a gateway with a broken sensor", () => {
  it("sends the fault through outbox and sink, with the sensor's own readings", async () => {
    const folder = tempFolder();
    const out = join(folder, "events.jsonl");
    const outbox = outboxIn(folder);
    const sinks = [fileSink(out)];
    const gateway = gatewayOf({ sources: [sourceOf(readingsOf(stuck))], sinks, outbox });
    const delivered = vi.waitFor(() => {
      expect(gateway.health().sinks[0]).toMatchObject({ pending: 0, delivered: 2 });
    }, 10_000);
    await gateway.start();
    await gateway.done;
    await delivered;
    const lines = readFileSync(out, "utf8").trim().split("\n");
    const [opened, closed] = lines.map((line) => JSON.parse(line));
    expect([opened, closed]).toMatchObject([
      { kind: "sensor-fault", phase: "opened", tag: "pressure", fault: "stuck", machine: "pump-1" },
      { kind: "sensor-fault", phase: "closed", id: opened.id, revision: 1 },
    ]);
    expect(opened.readings).toHaveLength(31);
    expect(new Set(opened.readings.map(({ tag }: Reading) => tag))).toEqual(new Set(["pressure"]));
    expect(gateway.health().counters.events).toBe(2);
    expect(await outbox.unclosed()).toEqual([]);
  });

  it.each([
    { what: "dead", readings: died(100, 400) },
    { what: "stuck", readings: readingsOf(stuck) },
  ])("raises no machine anomaly for one $what sensor, and scores on", async ({ readings }) => {
    const { events, scores } = await replay(gatewayOf({ sources: [sourceOf(readings)] }));
    expect(events.filter(({ kind }) => kind === "anomaly")).toEqual([]);
    expect(scores.every(({ verdict }) => verdict === "normal")).toBe(true);
    const during = scores.filter(({ endMs }) => endMs > 150_000 && endMs < 400_000);
    expect(during.length).toBe(249);
    // Two of three tags are known; the threshold makes up for the third.
    expect(during.every(({ coverage }) => Math.abs(coverage - 2 / 3) < 1e-9)).toBe(true);
    expect(during[0]?.threshold).toBeGreaterThanOrEqual(model.card.threshold);
  });

  it("finds the fault of the machine with the other sensors", async () => {
    const readings = died(100, 600, withFault(normal, 300, 360));
    const { events } = await replay(gatewayOf({ sources: [sourceOf(readings)] }));
    const told = events.filter(({ phase }) => phase !== "updated");
    expect(told.map(({ kind, phase }) => `${kind} ${phase}`)).toEqual([
      "sensor-fault opened",
      "anomaly opened",
      "anomaly closed",
    ]);
  });

  it("says insufficient-data, and nothing else, when too few sensors are left", async () => {
    const readings = died(100, 600).map((reading) =>
      reading.tag === "temperature" && reading.timeMs > 200_000
        ? { ...reading, value: Number.NaN, quality: "bad" as const }
        : reading,
    );
    const { events, scores } = await replay(gatewayOf({ sources: [sourceOf(readings)] }));
    expect(events.map(({ kind }) => kind)).toEqual(["sensor-fault", "sensor-fault"]);
    expect(scores.at(-1)?.verdict).toBe("insufficient-data");
    expect(scores.some(({ verdict }) => verdict === "anomalous")).toBe(false);
  });

  it("does not take a machine that is gone altogether for so many broken sensors", async () => {
    const readings = readingsOf(normal).map((reading) =>
      reading.timeMs > 100_000 && reading.timeMs <= 200_000
        ? { ...reading, value: Number.NaN, quality: "bad" as const }
        : reading,
    );
    const { events } = await replay(gatewayOf({ sources: [sourceOf(readings)] }));
    expect(events).toEqual([]);
  });

  it("lists what is open, and scores a sensor again that came back", async () => {
    const source = new Subject<Reading>();
    const gateway = gatewayOf({ sources: [handSource("plc", source)] });
    await gateway.start();
    const readings = readingsOf(stuck);
    const play = (from: number, to: number): void => {
      for (const reading of readings.slice(3 * from, 3 * to)) source.next(reading);
    };
    play(0, 150);
    expect(gateway.health().machines[0]?.sensorFaults).toMatchObject([
      { tag: "pressure", fault: "stuck", startMs: normal[99]?.timeMs },
    ]);
    play(150, 450);
    expect(gateway.health().machines[0]?.sensorFaults).toEqual([]);
    await vi.waitFor(() => {
      const { lastScore } = gateway.health().machines[0] ?? {};
      expect(lastScore).toMatchObject({ endMs: 450_000, coverage: 1, verdict: "normal" });
    });
  });

  it("can be told to believe every sensor, or to judge one by other limits", async () => {
    const sources = [sourceOf(readingsOf(stuck))];
    const of = async (sensorFaults: false | Record<string, { maxUnchangedMs: number } | false>) => {
      const machines = [{ name: "pump-1", model, sensorFaults }];
      const { events } = await replay(gatewayOf({ sources, machines }));
      return events.filter(({ kind }) => kind === "sensor-fault");
    };
    expect(await of(false)).toEqual([]);
    expect(await of({ pressure: false })).toEqual([]);
    expect(await of({ pressure: { maxUnchangedMs: 100_000 } })).toMatchObject([
      { phase: "opened", limit: 100_000 },
      { phase: "closed" },
    ]);
    expect(() =>
      gatewayOf({ sources, machines: [{ name: "p", model, sensorFaults: { x: false } }] }),
    ).toThrow(/machine "p": sensorFaults: expected tags of the machine .*got x/);
  });

  it("gives the scores and faults that batch scoring gives", async () => {
    const readings = died(300, 350, stuck);
    const { events, scores } = await replay(gatewayOf({ sources: [sourceOf(readings)] }));
    const batch: Score[] = [];
    const told: SensorFaultMessage[] = [];
    const chunks = (async function* () {
      yield readings;
    })();
    const onSensorFault = (message: SensorFaultMessage): void => void told.push(message);
    for await (const some of scoreReadings(model, chunks, { onSensorFault })) batch.push(...some);
    expect(told.length).toBe(2);
    expect(events).toMatchObject(told);
    expect(scores.map(({ endMs, verdict, coverage }) => [endMs, verdict, coverage])).toEqual(
      batch.map(({ endMs, verdict, coverage }) => [endMs, verdict, coverage]),
    );
  });
});

describe("a gateway that went down with a sensor fault open", () => {
  const run = async (folder: string, frames: readonly Frame[], options = {}) => {
    const sinks = [fileSink(join(folder, "events.jsonl"))];
    const outbox = outboxIn(folder);
    const played = await replay(
      gatewayOf({ sources: [sourceOf(readingsOf(frames))], sinks, outbox, ...options }),
    );
    const unclosed = await outbox.unclosed();
    await outbox.close();
    return { ...played, unclosed };
  };

  it("goes on with it under its id, and closes it when the sensor is well", async () => {
    const folder = tempFolder();
    const before = await run(folder, stuck.slice(0, 200));
    expect(before.unclosed).toMatchObject([{ kind: "sensor-fault", phase: "opened" }]);
    const { events, unclosed } = await run(folder, stuck.slice(200));
    expect(events).toMatchObject([
      { id: before.events[0]?.id, phase: "closed", revision: 1, startMs: normal[99]?.timeMs },
    ]);
    expect(unclosed).toEqual([]);
  });

  it("closes it when nobody looks after the sensor any more", async () => {
    const folder = tempFolder();
    await run(folder, stuck.slice(0, 200));
    const machines = [{ name: "pump-1", model, sensorFaults: false }];
    const { events, unclosed } = await run(folder, stuck.slice(200, 300), { machines });
    expect(events.filter(({ kind }) => kind === "sensor-fault")).toMatchObject([
      { phase: "closed", revision: 1 },
    ]);
    expect(unclosed.filter(({ kind }) => kind === "sensor-fault")).toEqual([]);
  });
});
