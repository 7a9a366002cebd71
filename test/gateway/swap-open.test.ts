import { describe, expect, it } from "vitest";
import type { AnomalyEvent } from "../../src/core/anomaly-event.ts";
import type { DriftEvent } from "../../src/core/drift-event.ts";
import type { Frame } from "../../src/core/frame.ts";
import { CURRENT, PRESSURE, repeat, TEMPERATURE, withSensor } from "../sensor-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { model, outboxIn } from "./machine-gateway.ts";
import { away, normal, run, successor, told, withoutTemperature } from "./swap-gateway.ts";

/** The current is a little too high in rows 80 to 139, and much too high in rows 180 to 219 and, at the same loads, 312 to 351. */
const incidents = [
  { rows: [80, 140], by: 0.4 },
  { rows: [180, 220], by: 3 },
  { rows: [312, 352], by: 3 },
].reduce<readonly Frame[]>(
  (some, { rows: [from = 0, to = 0], by }) =>
    withSensor(some, CURRENT, [from, to], (value) => value + by),
  normal,
);

describe("what is open or known when a model is swapped", () => {
  it("closes the incident of the old model, before the new one tells of its own", async () => {
    const outbox = outboxIn(tempFolder());
    const { gateway, events, play, scored } = await run({ sinks: [away], outbox });
    play(0, 120);
    await scored(119);
    const [opened] = events as [AnomalyEvent];
    expect(opened).toMatchObject({ phase: "opened", model: model.identity });
    const swapped = gateway.swapModel("pump-1", successor);
    play(120, 400);
    await swapped;
    await scored(399);
    expect(told(events)).toEqual([
      "anomaly opened 1",
      "anomaly closed 1",
      "anomaly opened 2",
      "anomaly closed 2",
    ]);
    const [closed] = events.filter(({ id, phase }) => id === opened.id && phase === "closed");
    expect(closed?.revision).toBe(events.filter(({ id }) => id === opened.id).length - 1);
    expect(events.at(-1)).toMatchObject({ model: successor.identity });
    await gateway.stop();
    expect(await outbox.unclosed()).toEqual([]);
  });

  it("leaves to a restart what is open at the new model, and nothing of the old one", async () => {
    const outbox = outboxIn(tempFolder());
    const first = await run({ sinks: [away], outbox });
    first.play(0, 100);
    await first.scored(99);
    const swapped = first.gateway.swapModel("pump-1", successor);
    first.play(100, 150);
    await swapped;
    await first.scored(149);
    await first.gateway.stop();
    const left = await outbox.unclosed();
    expect(left).toMatchObject([{ kind: "anomaly", model: successor.identity }]);

    const machines = [{ name: "pump-1", model: successor }];
    const second = await run({ sinks: [{ ...away }], outbox, machines });
    expect(second.gateway.health().machines[0]?.openEvents).toEqual(left.map(({ id }) => id));
    second.play(150, 400);
    await second.scored(399);
    expect(second.events.at(-1)).toMatchObject({ id: left[0]?.id, phase: "closed" });
    expect(await outbox.unclosed()).toEqual([]);
  });

  it("goes on with an incident when the new model is the same", async () => {
    const { gateway, events, play, scored } = await run();
    play(0, 120);
    await scored(119);
    const swapped = gateway.swapModel("pump-1", { ...model });
    play(120, 400);
    await swapped;
    await scored(399);
    expect(told(events)).toEqual(["anomaly opened 1", "anomaly closed 1"]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  });

  it("goes on with the fault of a sensor that the new model reads, too", async () => {
    const stuck = withSensor(normal, PRESSURE, [100, 250], repeat(normal, PRESSURE, 99));
    const { gateway, events, play, scored } = await run();
    play(0, 180, stuck);
    const swapped = gateway.swapModel("pump-1", successor);
    play(180, 220, stuck);
    await swapped;
    const { sensorFaults = [] } = gateway.health().machines[0] ?? {};
    expect(sensorFaults).toMatchObject([{ id: events[0]?.id, tag: "pressure", fault: "stuck" }]);
    play(220, 400, stuck);
    await scored(399);
    expect(told(events)).toEqual(["sensor-fault opened", "sensor-fault closed"]);
    expect(events[1]).toMatchObject({ id: events[0]?.id, revision: 1 });
  });

  it("closes the fault of a sensor that the new model does not read", async () => {
    const stuck = withSensor(normal, TEMPERATURE, [100, 400], repeat(normal, TEMPERATURE, 99));
    const { gateway, events, play } = await run();
    play(0, 180, stuck);
    const swapped = gateway.swapModel("pump-1", withoutTemperature);
    play(180, 220, stuck);
    await swapped;
    expect(told(events)).toEqual(["sensor-fault opened", "sensor-fault closed"]);
    expect(gateway.health().machines[0]?.sensorFaults).toEqual([]);
    // The temperature is nobody's now, and is wanted again by the model before.
    expect(gateway.health().counters.drops).toMatchObject({ "unknown-tag": 40 });
    const back = gateway.swapModel("pump-1", model);
    play(220, 260, normal);
    await back;
    const { unknownTags, lastScore } = gateway.health().machines[0] ?? {};
    expect([unknownTags, lastScore?.coverage]).toEqual([[], 1]);
  });

  it("closes the drift of the old model with the first window of the new one", async () => {
    const outbox = outboxIn(tempFolder());
    const drift: DriftEvent = {
      ...{ kind: "drift", id: "d-1", revision: 0, phase: "opened", gateway: "plant-7" },
      ...{ machine: "pump-1", model: model.identity, startMs: 0, endMs: 900 },
      ...{ tags: [], scoreShift: 2, advice: "Train again." },
    };
    await outbox.queue("cloud").append([drift]);
    const { gateway, events, play } = await run({ sinks: [away], outbox });
    expect(gateway.health().machines[0]?.drift?.id).toBe("d-1");
    play(0, 40);
    const swapped = gateway.swapModel("pump-1", successor);
    play(40, 60);
    await swapped;
    expect(events).toMatchObject([{ kind: "drift", id: "d-1", phase: "closed", revision: 1 }]);
    expect(gateway.health().machines[0]).not.toHaveProperty("drift");
    await gateway.stop();
    expect(await outbox.unclosed()).toEqual([]);
  });

  it("knows all labels at once: patterns hold, the threshold is that of the new model", async () => {
    const outbox = outboxIn(tempFolder());
    const { gateway, events, play, scored } = await run({ outbox });
    const labels = () => gateway.health().machines[0]?.labels;
    play(0, 260, incidents);
    await scored(259);
    const weakAndStrong = events.filter(({ phase }) => phase === "opened");
    for (const { id } of weakAndStrong) await gateway.label(id, { verdict: "false-alarm" });
    expect(labels()?.thresholdRaise).toBeGreaterThan(0);

    const twin = { ...model, identity: { ...model.identity, version: "2", sha256: "another" } };
    const swapped = gateway.swapModel("pump-1", twin);
    play(260, 400, incidents);
    await swapped;
    await scored(399);
    expect(told(events)).toEqual([
      ...["anomaly opened 1", "anomaly closed 1"], // the weak one
      ...["anomaly opened 1", "anomaly closed 1"], // the strong one, which comes again
    ]);
    expect(labels()).toMatchObject({ thresholdRaise: 0, heldBack: [{}, {}] });
    expect(labels()?.mutedWindows).toBeGreaterThan(30);

    const [weak] = weakAndStrong;
    await gateway.label(weak?.id ?? "", { verdict: "unsure" });
    expect(labels()?.heldBack).toHaveLength(1);
  });
});
