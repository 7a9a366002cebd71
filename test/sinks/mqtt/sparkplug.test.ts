import { describe, expect, it } from "vitest";
import {
  sampleCapture,
  sampleDrift,
  sampleEvent,
  sampleSensorFault,
  sampleSummary,
} from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { startChild } from "../../outbox/child.ts";
import { startAedes } from "./aedes-broker.ts";
import { dataAt, hostAt, metricOf, sparkplugSink, typesAt } from "./sparkplug-plant.ts";

const running = new AbortController().signal;
const patience = { timeout: 20_000 };
describe("mqttSink with Sparkplug", () => {
  sinkContract(async () => {
    const broker = await startAedes();
    return {
      sink: sparkplugSink(broker),
      received: () =>
        dataAt(broker).map((message) => ({
          id: String(metricOf(message, "/Id")),
          revision: Number(metricOf(message, "/Revision")),
        })),
      disconnect: () => broker.kill(),
    };
  });

  it("is born before it speaks, and its machines with every metric that they will have", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    await sink.write([sampleEvent(), sampleEvent({ machine: "fan" })], running);
    const host = hostAt(broker);
    expect(host.violations).toEqual([]);
    expect(typesAt(broker)).toEqual(["NBIRTH", "DBIRTH", "DBIRTH", "DDATA", "DDATA"]);
    const [node, pump] = host.messages;
    expect(metricOf(node ?? expect.unreachable(), "bdSeq")).toBe(0);
    expect(metricOf(node ?? expect.unreachable(), "Node Control/Rebirth")).toBe(false);
    // Nothing was known when it was born.
    expect(pump?.metrics.map(({ value }) => value)).toEqual(pump?.metrics.map(() => null));
    await sink.close();
  });

  it("says of an event what SCADA wants to know", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    await sink.write([sampleEvent({ id: "e", revision: 1, phase: "updated" })], running);
    const host = hostAt(broker);
    const told = (name: string): unknown => host.value("pump-1", name);
    expect(told("Anomaly/Active")).toBe(true);
    expect(told("Anomaly/Phase")).toBe("updated");
    expect(told("Anomaly/Id")).toBe("e");
    expect(told("Anomaly/Revision")).toBe(1);
    expect(told("Anomaly/Severity")).toBe(720);
    expect(told("Anomaly/Score")).toBe(6.3);
    expect(told("Anomaly/Threshold")).toBe(4);
    expect(told("Anomaly/Start")).toBe(1_700_000_000_000);
    expect(told("Anomaly/Model/Name")).toBe("pump");
    expect(told("Anomaly/Contributions/bearingTemperature")).toBe(0.75);
    await sink.write([sampleEvent({ id: "e", revision: 2, phase: "closed" })], running);
    expect(hostAt(broker).value("pump-1", "Anomaly/Active")).toBe(false);
    await sink.close();
  });

  it("speaks of sensor faults, drift and hours, and of what is no number as null", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    await sink.write([sampleSensorFault(), sampleDrift(), sampleSummary()], running);
    const host = hostAt(broker);
    expect(host.violations).toEqual([]);
    expect(host.value("pump-1", "Sensor Faults/flow/Fault")).toBe("bad-quality");
    expect(host.value("pump-1", "Sensor Faults/flow/Value")).toBeNull();
    expect(host.value("pump-1", "Drift/Tags/flow/Shift")).toBe(-3.2);
    expect(host.value("pump-1", "Summary/Not Running")).toBe(3600);
    expect(host.value("pump-1", "Summary/Median")).toBeNull();
    await sink.close();
  });

  it("rejects what has no metrics, and nothing beside it", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    const result = await sink.write([sampleEvent(), sampleCapture()], running);
    expect(result).toMatchObject({ rejected: [{ index: 1 }], retry: [] });
    expect(dataAt(broker)).toHaveLength(1);
    await sink.close();
  });

  it("bears a machine again before it tells what it never told", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    await sink.write([sampleEvent()], running);
    await sink.write([sampleEvent(), sampleSensorFault(), sampleSensorFault()], running);
    expect(hostAt(broker).violations).toEqual([]);
    const types = ["NBIRTH", "DBIRTH", "DDATA", "DBIRTH", "DDATA", "DDATA", "DDATA"];
    expect(typesAt(broker)).toEqual(types);
    await sink.close();
  });

  it("counts on from 255 with 0, over any number of batches", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    for (let batch = 0; batch < 6; batch += 1) {
      await sink.write(
        Array.from({ length: 100 }, (_, number) => sampleEvent({ id: `${batch}-${number}` })),
        running,
      );
    }
    const { messages, violations } = hostAt(broker);
    expect(violations).toEqual([]);
    expect(messages.filter(({ seq }) => seq === 0)).toHaveLength(3);
    expect(dataAt(broker)).toHaveLength(600);
    await sink.close();
  });

  it("says goodbye for its machines and for itself", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    await sink.write([sampleEvent()], running);
    expect(hostAt(broker).isOnline("pump-1")).toBe(true);
    await sink.close();
    expect(typesAt(broker).slice(-2)).toEqual(["DDEATH", "NDEATH"]);
    expect(hostAt(broker).violations).toEqual([]);
    expect(hostAt(broker).isOnline()).toBe(false);
  });

  it("leaves its death certificate with the broker, for the day when it is killed", async () => {
    const broker = await startAedes();
    const script = new URL("./event-upload.ts", import.meta.url);
    const child = startChild(script, broker.url, "sparkplug");
    await child.printed(1);
    expect(hostAt(broker).isOnline("pump-1")).toBe(true);
    await child.kill();
    await expect.poll(() => hostAt(broker).isOnline(), patience).toBe(false);
    expect(typesAt(broker).at(-1)).toBe("NDEATH");
    expect(hostAt(broker).violations).toEqual([]);
  });

  it("can bear another name than the gateway, fit for a topic", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker, { group: "hall/3", edgeNode: "north+1" });
    await sink.write([sampleEvent({ machine: "pump#1" })], running);
    expect(broker.arrivals.map(({ topic }) => topic)).toEqual([
      "spBv1.0/hall_3/NBIRTH/north_1",
      "spBv1.0/hall_3/DBIRTH/north_1/pump_1",
      "spBv1.0/hall_3/DDATA/north_1/pump_1",
    ]);
    await sink.close();
  });
});
