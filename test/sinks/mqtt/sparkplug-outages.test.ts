import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openOutbox } from "../../../src/outbox/open-outbox.ts";
import { storeAndForward } from "../../../src/outbox/store-and-forward.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { tempFolder } from "../../temp-folder.ts";
import { failureOf } from "../write-failure.ts";
import { startAedes } from "./aedes-broker.ts";
import { startLine } from "./line.ts";
import { rebirthCommand } from "./sparkplug-host.ts";
import { dataAt, hostAt, metricOf, NODE, sparkplugSink, typesAt } from "./sparkplug-plant.ts";

const running = new AbortController().signal;
const patience = { timeout: 20_000 };
describe("store and forward with Sparkplug", () => {
  it("marks what comes late as history, and tells what is now beside it", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    await sink.write([sampleEvent({ id: "first", phase: "closed", endMs: 1000 })], running);
    const late = [
      sampleEvent({ id: "second", phase: "opened", startMs: 2000 }),
      sampleEvent({ id: "second", phase: "updated", revision: 1, startMs: 2000, endMs: 3000 }),
    ];
    await sink.write(late, running, { isReplay: true });
    const told = dataAt(broker).slice(1);
    expect(told.map(({ metrics }) => new Set(metrics.map((one) => one.isHistorical)))).toEqual(
      [true, true, false].map((isHistorical) => new Set([isHistorical])),
    );
    expect(hostAt(broker).value("pump-1", "Anomaly/Id")).toBe("second");
    expect(hostAt(broker).value("pump-1", "Anomaly/Phase")).toBe("updated");
    expect(hostAt(broker).violations).toEqual([]);
    await sink.close();
  });

  it("lets history that comes after newer news change nothing", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    await sink.write([sampleEvent({ id: "new", phase: "closed", endMs: 9000 })], running);
    const old = sampleEvent({ id: "old", phase: "closed", endMs: 5000 });
    await sink.write([old], running, { isReplay: true });
    expect(dataAt(broker)).toHaveLength(2);
    expect(hostAt(broker).value("pump-1", "Anomaly/Id")).toBe("new");
    await sink.close();
  });

  it("is born with the next number, and with what was known, after the connection was lost", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    await sink.write([sampleEvent({ id: "before" })], running);
    await broker.kill();
    await broker.start();
    const machines = () => hostAt(broker).messages.filter(({ type }) => type === "DBIRTH");
    await expect.poll(() => machines().length, patience).toBe(2);
    await sink.write([sampleEvent({ id: "after" })], running);
    const { messages, violations } = hostAt(broker);
    expect(violations).toEqual([]);
    const births = messages.filter(({ type }) => type === "NBIRTH");
    expect(births.map((birth) => metricOf(birth, "bdSeq"))).toEqual([0, 1]);
    expect(metricOf(machines()[1] ?? expect.unreachable(), "Anomaly/Id")).toBe("before");
    expect(hostAt(broker).value("pump-1", "Anomaly/Id")).toBe("after");
    await sink.close();
  });

  it("is born again when a host asks, before it goes on, in the middle of a flush", async () => {
    const broker = await startAedes();
    const sink = storeAndForward(sparkplugSink(broker), openOutbox(join(tempFolder(), "o.db")), {
      batchLength: 20,
    });
    const ids = Array.from({ length: 600 }, (_, number) => `e-${number}`);
    const writing = sink.write(
      ids.map((id) => sampleEvent({ id })),
      running,
    );
    for (const count of [40, 200, 400]) {
      await expect.poll(() => dataAt(broker).length, patience).toBeGreaterThan(count);
      await broker.publish(`spBv1.0/plant/NCMD/${NODE}`, rebirthCommand());
    }
    await writing;
    await expect
      .poll(() => typesAt(broker).filter((type) => type === "NBIRTH").length, patience)
      .toBe(4);
    const told = (): unknown => dataAt(broker).map((message) => metricOf(message, "/Id"));
    await expect.poll(told, patience).toEqual(ids);
    const { messages, violations } = hostAt(broker);
    expect(violations).toEqual([]);
    // The same connection, so the same number.
    const births = messages.filter(({ type }) => type === "NBIRTH");
    expect(births.map((birth) => metricOf(birth, "bdSeq"))).toEqual([0, 0, 0, 0]);
    await sink.close();
  });

  it("keeps its order and its numbers through a drain on a broker that is killed again and again", async () => {
    const broker = await startAedes();
    const sink = storeAndForward(sparkplugSink(broker), openOutbox(join(tempFolder(), "o.db")), {
      batchLength: 20,
      retryFirstMs: 20,
      retryMaxMs: 100,
    });
    const ids = Array.from({ length: 1000 }, (_, number) => `e-${number}`);
    await sink.write(
      ids.map((id) => sampleEvent({ id })),
      running,
    );
    for (const count of [50, 300, 600]) {
      await expect.poll(() => dataAt(broker).length, patience).toBeGreaterThan(count);
      await broker.kill();
      await broker.start();
    }
    const told = (): unknown[] => dataAt(broker).map((message) => metricOf(message, "/Id"));
    await expect.poll(() => new Set(told()).size, patience).toBe(ids.length);
    expect(hostAt(broker).violations).toEqual([]);
    // At least once: a batch that was cut comes again as a whole, and nothing overtakes it.
    expect([...new Set(told())]).toEqual(ids);
    expect(told().length - ids.length).toBeLessThanOrEqual(3 * 20);
    await sink.close();
  });

  it("forgets no write when the connection ends before the broker has answered", async () => {
    const broker = await startAedes();
    const line = await startLine(broker.port);
    const url = `mqtt://127.0.0.1:${line.port}`;
    const sink = sparkplugSink(broker, { url, timeoutMs: 600_000 });
    await sink.write([sampleEvent({ id: "heard" })], running);
    line.hush();
    const write = failureOf(sink.write([sampleEvent({ id: "not answered" })], running));
    await expect.poll(() => dataAt(broker).length, patience).toBe(2);
    line.cut();
    expect(await write).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    await sink.close();
  });

  it("is not born again for a command that is none", async () => {
    const broker = await startAedes();
    const sink = sparkplugSink(broker);
    await sink.write([sampleEvent()], running);
    const topic = `spBv1.0/plant/NCMD/${NODE}`;
    await broker.publish(topic, rebirthCommand(false));
    await broker.publish(topic, "no payload");
    await broker.publish(topic, Buffer.from([0xff, 0xff, 0xff]));
    await broker.publish(topic, rebirthCommand());
    await expect
      .poll(() => typesAt(broker).filter((type) => type === "NBIRTH").length, patience)
      .toBe(2);
    await sink.write([sampleEvent()], running);
    expect(typesAt(broker).filter((type) => type === "NBIRTH")).toHaveLength(2);
    await sink.close();
  });
});
