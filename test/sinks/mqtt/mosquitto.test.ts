import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GatewayMessage } from "../../../src/core/gateway-message.ts";
import { openOutbox } from "../../../src/outbox/open-outbox.ts";
import { storeAndForward } from "../../../src/outbox/store-and-forward.ts";
import { mqttSink } from "../../../src/sinks/mqtt/index.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { startChild } from "../../outbox/child.ts";
import { tempFolder } from "../../temp-folder.ts";
import { failureOf } from "../write-failure.ts";
import { startLine } from "./line.ts";
import { type Listener, listen, mosquittoSkipReason, startMosquitto } from "./mosquitto.ts";

const running = new AbortController().signal;
const STATUS = "wheeltapper/gateway-1/status";
const patience = { timeout: 20_000 };
const skip = mosquittoSkipReason() !== undefined;

function messagesHeard({ arrivals }: Listener): GatewayMessage[] {
  return arrivals
    .filter(({ topic }) => topic !== STATUS)
    .map(({ payload }) => JSON.parse(payload.toString()).data);
}

describe.skipIf(skip).each([4, 5] as const)("mqttSink with mosquitto, version %i", (version) => {
  sinkContract(async () => {
    const broker = await startMosquitto();
    const listener = await listen(broker.url);
    const sink = mqttSink({ url: broker.url, version });
    const taken: string[] = [];
    return {
      sink: {
        ...sink,
        async write(batch, ...others) {
          const result = await sink.write(batch, ...others);
          taken.push(...batch.map(({ id }) => id));
          return result;
        },
      },
      async received() {
        // The listener hears of it a little later than the sink.
        const count = () => messagesHeard(listener).length;
        await expect.poll(count, patience).toBeGreaterThanOrEqual(taken.length);
        return messagesHeard(listener);
      },
      disconnect: () => broker.kill(),
    };
  });

  it("loses nothing on a line that breaks, and repeats no more than was in flight", async () => {
    const broker = await startMosquitto();
    const listener = await listen(broker.url);
    const line = await startLine(broker.port);
    const sink = storeAndForward(
      mqttSink({ url: `mqtt://127.0.0.1:${line.port}`, version }),
      openOutbox(join(tempFolder(), "outbox.db")),
      { retryFirstMs: 20, retryMaxMs: 100 },
    );
    const heard = (): string[] => messagesHeard(listener).map(({ id }) => id);
    const ids: string[] = [];
    const cuts = 5;
    for (let round = 0; round < cuts; round += 1) {
      const batch = Array.from({ length: 200 }, (_, number) => `${round}-${number}`);
      ids.push(...batch);
      await sink.write(
        batch.map((id) => sampleEvent({ id })),
        running,
      );
      await expect.poll(() => heard().length, patience).toBeGreaterThan(round * 200);
      line.cut();
    }
    await expect.poll(() => new Set(heard()).size, patience).toBe(ids.length);
    await sink.close();
    expect(heard().length - ids.length).toBeLessThanOrEqual(cuts * 20);
  });

  it("has the broker say that a gateway is gone that froze or fell off the line", async () => {
    const broker = await startMosquitto();
    const line = await startLine(broker.port);
    const listener = await listen(broker.url, STATUS);
    const sink = mqttSink({ url: `mqtt://127.0.0.1:${line.port}`, version });
    await sink.write([sampleEvent()], running);
    line.cut();
    const statuses = (): string[] => listener.arrivals.map(({ payload }) => payload.toString());
    // Gone, and back by itself.
    await expect.poll(statuses, patience).toEqual(["online", "offline", "online"]);
    await sink.close();
    await expect.poll(() => statuses().at(-1), patience).toBe("offline");
  });

  it("keeps everything while the broker hangs, and goes on when it goes on", async () => {
    const broker = await startMosquitto();
    const listener = await listen(broker.url);
    const sink = mqttSink({ url: broker.url, version, timeoutMs: 1000 });
    await sink.write([sampleEvent({ id: "before" })], running);
    broker.freeze();
    const failure = await failureOf(sink.write([sampleEvent({ id: "after" })], running));
    expect(failure).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    broker.thaw();
    await expect
      .poll(
        () => sink.write([sampleEvent({ id: "after" })], running).catch(() => "later"),
        patience,
      )
      .toEqual({ rejected: [], retry: [] });
    const heard = (): unknown => new Set(messagesHeard(listener).map(({ id }) => id));
    await expect.poll(heard, patience).toEqual(new Set(["before", "after"]));
    await sink.close();
  });
});

describe.skipIf(skip)("mqttSink in MQTT 5", () => {
  it("names the content, and the event for the rules of a broker", async () => {
    const broker = await startMosquitto();
    const listener = await listen(broker.url, "wheeltapper/+/+/anomaly");
    const sink = mqttSink({ url: broker.url });
    await sink.write([sampleEvent({ id: "e", gateway: "hall 1" })], running);
    await sink.close();
    await expect.poll(() => listener.arrivals.length, patience).toBe(1);
    expect(listener.arrivals[0]?.properties).toMatchObject({
      payloadFormatIndicator: true,
      contentType: "application/cloudevents+json; charset=utf-8",
      userProperties: {
        specversion: "1.0",
        id: "e/0",
        source: "/gateways/hall%201",
        type: "io.wheeltapper.anomaly.opened",
        subject: "pump-1",
      },
    });
  });

  it("puts off what the broker does not allow, and takes it when it does", async () => {
    const logins = { gateway: "right" };
    const acl = [
      "user gateway",
      "topic write wheeltapper/gateway-1/status",
      "topic write wheeltapper/+/pump-1/#",
      "topic read #",
    ].join("\n");
    const broker = await startMosquitto({ logins, acl });
    const sink = mqttSink({ url: broker.url, username: "gateway", password: "right" });
    const batch = [sampleEvent({ id: "a" }), sampleEvent({ id: "b", machine: "pump-2" })];
    expect(await sink.write(batch, running)).toEqual({ rejected: [], retry: [1] });
    const failure = await failureOf(sink.write(batch.slice(1), running));
    expect(failure).toMatchObject({ code: "SINK_REJECTED", retryable: true });
    expect(failure.message).toContain("not authorized");
    await sink.close();
  });

  it("rejects what is larger than the broker takes, and the rest goes on", async () => {
    const broker = await startMosquitto({ settings: ["max_packet_size 20000"] });
    const sink = mqttSink({ url: broker.url });
    const [reading] = sampleEvent().readings;
    const readings = Array.from({ length: 500 }, () => reading).filter((one) => one !== undefined);
    const batch = [sampleEvent({ id: "a" }), sampleEvent({ id: "b", readings }), sampleEvent()];
    const result = await sink.write(batch, running);
    expect(result).toMatchObject({ rejected: [{ index: 1 }], retry: [] });
    expect(result.rejected[0]?.reason).toContain("packet too large");
    await sink.close();
  });

  it("sends no more at once than the broker takes", async () => {
    const broker = await startMosquitto({ settings: ["max_inflight_messages 3"] });
    const sink = mqttSink({ url: broker.url });
    const batch = Array.from({ length: 50 }, (_, number) => sampleEvent({ id: `e-${number}` }));
    expect(await sink.write(batch, running)).toEqual({ rejected: [], retry: [] });
    await sink.close();
  });

  it("tells a wrong password from a broker that is gone", async () => {
    const broker = await startMosquitto({ logins: { gateway: "right" } });
    const sink = mqttSink({ url: broker.url, username: "gateway", password: "s3cret-wrong" });
    const failure = await failureOf(sink.write([sampleEvent()], running));
    expect(failure).toMatchObject({ code: "SINK_REJECTED", retryable: true });
    expect(failure.message).not.toContain("s3cret");
    await sink.close();
  });

  it("leaves the last will of a gateway that was killed", async () => {
    const broker = await startMosquitto();
    const listener = await listen(broker.url, STATUS);
    const child = startChild(new URL("./event-upload.ts", import.meta.url), broker.url);
    await child.printed(1);
    await child.kill();
    const statuses = (): string[] => listener.arrivals.map(({ payload }) => payload.toString());
    await expect.poll(statuses, patience).toEqual(["online", "offline"]);
  });
});
