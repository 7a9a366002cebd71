import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GatewayMessage } from "../../../src/core/gateway-message.ts";
import { openOutbox } from "../../../src/outbox/open-outbox.ts";
import { storeAndForward } from "../../../src/outbox/store-and-forward.ts";
import { mqttSink } from "../../../src/sinks/mqtt/index.ts";
import {
  sampleCapture,
  sampleEvent,
  sampleSensorFault,
} from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { startChild } from "../../outbox/child.ts";
import { tempFolder } from "../../temp-folder.ts";
import { failureOf } from "../write-failure.ts";
import { type Broker, startAedes } from "./aedes-broker.ts";

const running = new AbortController().signal;
const events = ["a", "b", "c", "d", "e"].map((id) => sampleEvent({ id }));
const STATUS = "wheeltapper/gateway-1/status";
const patience = { timeout: 20_000 };

/** The messages that have come, without the status. */
function messagesAt({ arrivals }: Broker): GatewayMessage[] {
  return arrivals
    .filter(({ topic }) => topic !== STATUS)
    .map(({ payload }) => JSON.parse(payload.toString()).data);
}

function idsAt(broker: Broker): string[] {
  return messagesAt(broker).map(({ id }) => id);
}

describe("mqttSink", () => {
  sinkContract(async () => {
    const broker = await startAedes();
    return {
      sink: mqttSink({ url: broker.url, version: 4 }),
      received: () => messagesAt(broker),
      disconnect: () => broker.kill(),
    };
  });

  it("publishes each message as a CloudEvent, under its gateway, machine and kind", async () => {
    const broker = await startAedes();
    const sink = mqttSink({ url: broker.url, version: 4 });
    await sink.write([sampleEvent({ id: "e", revision: 2, phase: "updated" })], running);
    await sink.write([sampleSensorFault({ id: "f" })], running, { isReplay: true });
    await sink.close();
    const [event, fault] = broker.arrivals.filter(({ topic }) => topic !== STATUS);
    expect(event).toMatchObject({
      topic: "wheeltapper/gateway-1/pump-1/anomaly",
      qos: 1,
      retain: false,
    });
    expect(JSON.parse(String(event?.payload))).toMatchObject({
      specversion: "1.0",
      id: "e/2",
      type: "io.wheeltapper.anomaly.updated",
      data: { kind: "anomaly", readings: [{}, { value: null, quality: "bad" }] },
    });
    expect(fault?.topic).toBe("wheeltapper/gateway-1/pump-1/sensor-fault");
    expect(JSON.parse(String(fault?.payload))).toMatchObject({ id: "f/0", replay: true });
  });

  it("makes names fit for a topic, also one that looks like a placeholder", async () => {
    const broker = await startAedes();
    const topic = "hall 3/{machine}/{gateway}";
    const sink = mqttSink({ url: broker.url, version: 4, topic, statusTopic: "s" });
    await sink.write([sampleEvent({ machine: "a/b+c#\u{0}", gateway: "{machine}" })], running);
    await sink.write([sampleEvent({ machine: "", gateway: "$g" })], running);
    await sink.close();
    const topics = broker.arrivals.map((arrival) => arrival.topic);
    expect(topics.filter((name) => name !== "s")).toEqual([
      "hall 3/a_b_c__/{machine}",
      "hall 3/_/_g",
    ]);
  });

  it("takes captures where it is told to", async () => {
    const broker = await startAedes();
    const sink = mqttSink({ url: broker.url, version: 4, kinds: ["capture"] });
    expect(sink.kinds).toEqual(["capture"]);
    await sink.write([sampleCapture({ id: "window" })], running);
    await sink.close();
    expect(messagesAt(broker)).toMatchObject([{ id: "window", inclusionProbability: 0.01 }]);
  });

  it("says whether the gateway is there", async () => {
    const broker = await startAedes();
    const sink = mqttSink({ url: broker.url, version: 4 });
    await sink.write(events, running);
    expect(broker.retained(STATUS)).toBe("online");
    await sink.close();
    expect(broker.retained(STATUS)).toBe("offline");
  });

  it("has the broker say that a gateway is gone that was killed", async () => {
    const broker = await startAedes();
    const child = startChild(new URL("./event-upload.ts", import.meta.url), broker.url);
    await child.printed(1);
    expect(broker.retained(STATUS)).toBe("online");
    await child.kill();
    await expect.poll(() => broker.retained(STATUS), { timeout: 15_000 }).toBe("offline");
  });

  it("connects once, whatever it writes", async () => {
    const broker = await startAedes();
    const sink = mqttSink({ url: broker.url, version: 4 });
    expect(broker.connections).toBe(0);
    for (const event of events) await sink.write([event], running);
    await sink.close();
    expect(broker.connections).toBe(1);
    expect(idsAt(broker)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("comes back by itself when it has nothing to send, so that the status is true", async () => {
    const broker = await startAedes();
    const sink = mqttSink({ url: broker.url, version: 4 });
    await sink.write(events, running);
    await broker.kill();
    await broker.start();
    expect(broker.retained(STATUS)).toBeUndefined();
    await expect.poll(() => broker.retained(STATUS), { timeout: 20_000 }).toBe("online");
    await sink.close();
    expect(idsAt(broker)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("keeps what a broker never acknowledges, and does not wait for ever", async () => {
    const broker = await startAedes({
      authorizePublish: (_, { topic }, done) => void (topic === STATUS && done(null)),
    });
    const sink = mqttSink({ url: broker.url, version: 4, timeoutMs: 300 });
    const failure = await failureOf(sink.write(events, running));
    expect(failure).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    expect(failure.message).toContain("no answer within 300 ms");
    await sink.close();
  });

  it("gives up at once when the gateway stops, whatever the broker does", async () => {
    const broker = await startAedes({
      authorizePublish: (_, { topic }, done) => void (topic === STATUS && done(null)),
    });
    const sink = mqttSink({ url: broker.url, version: 4, timeoutMs: 600_000 });
    const stopping = new AbortController();
    const write = failureOf(sink.write(events, stopping.signal));
    await expect.poll(() => broker.retained(STATUS), { timeout: 15_000 }).toBe("online");
    stopping.abort();
    expect(await write).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    await sink.close();
  });

  it("does not send again what was acknowledged before the connection was lost", async () => {
    let isStuck = true;
    const broker = await startAedes({
      authorizePublish: (_, { topic }, done) =>
        void (isStuck && topic.includes("/c/") ? 0 : done(null)),
    });
    const sink = mqttSink({ url: broker.url, version: 4, timeoutMs: 500 });
    const batch = events.map((event) => ({ ...event, machine: event.id }));
    await failureOf(sink.write(batch, running));
    isStuck = false;
    expect(await sink.write(batch, running)).toEqual({ rejected: [], retry: [] });
    await sink.close();
    expect(idsAt(broker).toSorted()).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("shows no password, whoever refuses it", async () => {
    const broker = await startAedes({
      authenticate: (_, user, password, done) =>
        done(null, user === "gateway" && String(password) === "right"),
    });
    const login = { url: broker.url, version: 4, username: "gateway" } as const;
    const wrong = mqttSink({ ...login, password: "s3cret-wrong" });
    const failure = await failureOf(wrong.write(events, running));
    expect(failure).toMatchObject({ code: "SINK_REJECTED", retryable: true });
    expect(failure.message).toContain("refused the connection");
    expect(failure.hint).toContain("username");
    expect(JSON.stringify(failure) + String(failure.stack)).not.toContain("s3cret");
    await wrong.close();

    const right = mqttSink({ ...login, password: { env: "MQTT_TEST_PASSWORD" } });
    expect(await failureOf(right.write(events, running))).toMatchObject({ retryable: true });
    process.env["MQTT_TEST_PASSWORD"] = "right";
    try {
      expect(await right.write(events, running)).toEqual({ rejected: [], retry: [] });
    } finally {
      delete process.env["MQTT_TEST_PASSWORD"];
      await right.close();
    }
  });

  it("hints at the version when the broker does not speak it", async () => {
    const broker = await startAedes();
    const sink = mqttSink({ url: broker.url, version: 5 });
    const failure = await failureOf(sink.write(events, running));
    expect(failure).toMatchObject({ code: "SINK_REJECTED", retryable: true });
    expect(failure.hint).toContain("version");
    await sink.close();
  });
});

it("loses nothing when the broker is killed in the middle, and again", async () => {
  const broker = await startAedes();
  const sink = storeAndForward(
    mqttSink({ url: broker.url, version: 4 }),
    openOutbox(join(tempFolder(), "outbox.db")),
    { retryFirstMs: 20, retryMaxMs: 100 },
  );
  const ids: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    const batch = Array.from({ length: 200 }, (_, number) => `${round}-${number}`);
    ids.push(...batch);
    await sink.write(
      batch.map((id) => sampleEvent({ id })),
      running,
    );
    await expect.poll(() => idsAt(broker).length, patience).toBeGreaterThan(round * 200);
    await broker.kill();
    await broker.start();
  }
  await expect.poll(() => new Set(idsAt(broker)), patience).toEqual(new Set(ids));
  await sink.close();
});
