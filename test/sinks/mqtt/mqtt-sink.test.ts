import { describe, expect, it } from "vitest";
import { mqttSink } from "../../../src/sinks/mqtt/index.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { startAedes } from "./aedes-broker.ts";

describe("mqttSink", () => {
  sinkContract(async () => {
    const broker = await startAedes();
    return {
      sink: mqttSink({ url: broker.url, version: 4 }),
      received: () =>
        broker.arrivals
          .filter(({ topic }) => !topic.endsWith("/status"))
          .map(({ payload }) => JSON.parse(payload.toString()).data),
      disconnect: () => broker.kill(),
    };
  });
  it("x", async () => {
    const broker = await startAedes();
    const sink = mqttSink({ url: broker.url, version: 4 });
    await sink.write([sampleEvent()], new AbortController().signal);
    await sink.close();
    expect(broker.retained("wheeltapper/gateway-1/status")).toBe("offline");
  });
});
