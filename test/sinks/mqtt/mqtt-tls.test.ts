import { describe, expect, it } from "vitest";
import { mqttSink } from "../../../src/sinks/mqtt/index.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { tempFolder } from "../../temp-folder.ts";
import { authority } from "../certificates.ts";
import { failureOf } from "../write-failure.ts";
import { startAedes } from "./aedes-broker.ts";

const running = new AbortController().signal;

describe("mqttSink over TLS", () => {
  it("trusts the plant's own authority, and shows the gateway's certificate", async () => {
    const works = authority(tempFolder());
    const { cert, key } = works.issue("broker");
    const ca = works.ca;
    const broker = await startAedes({
      tls: { cert, key, ca, requestCert: true, rejectUnauthorized: true },
    });
    const own = works.issue("gateway");
    const tls = { ca, cert: { file: own.certFile }, key: { file: own.keyFile } };
    const sink = mqttSink({ url: broker.url, version: 4, tls });
    expect(await sink.write([sampleEvent()], running)).toEqual({ rejected: [], retry: [] });
    await sink.close();
    expect(broker.retained("wheeltapper/gateway-1/status")).toBe("offline");
  });

  it.each(["an authority that nobody knows", "a certificate of another host"])(
    "sends nothing to a broker with %s",
    async (problem) => {
      const works = authority(tempFolder());
      const isOtherHost = problem.includes("host");
      const identity = works.issue("broker", isOtherHost ? "DNS:elsewhere.example" : undefined);
      const broker = await startAedes({ tls: { cert: identity.cert, key: identity.key } });
      const tls = isOtherHost ? { ca: works.ca } : {};
      const sink = mqttSink({ url: broker.url, version: 4, tls });
      const failure = await failureOf(sink.write([sampleEvent()], running));
      expect(failure).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
      expect(failure.message).toMatch(isOtherHost ? /altnames/ : /certificate/);
      await sink.close();
      expect(broker.arrivals).toEqual([]);
    },
  );

  it("goes through web sockets, where nothing else gets out of a plant", async () => {
    const works = authority(tempFolder());
    const { cert, key } = works.issue("broker");
    const broker = await startAedes({ tls: { cert, key }, inWebSockets: true });
    const stranger = mqttSink({ url: broker.url, version: 4 });
    const failure = await failureOf(stranger.write([sampleEvent()], running));
    expect(failure).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    await stranger.close();
    expect(broker.arrivals).toEqual([]);
    const sink = mqttSink({ url: broker.url, version: 4, tls: { ca: works.ca } });
    expect(await sink.write([sampleEvent()], running)).toEqual({ rejected: [], retry: [] });
    await sink.close();
    expect(broker.retained("wheeltapper/gateway-1/status")).toBe("offline");
  });

  it("takes the name that is told for the one in the certificate", async () => {
    const works = authority(tempFolder());
    const { cert, key } = works.issue("broker", "DNS:broker.example");
    const broker = await startAedes({ tls: { cert, key } });
    const tls = { ca: works.ca, servername: "broker.example" };
    const sink = mqttSink({ url: broker.url, version: 4, tls });
    expect(await sink.write([sampleEvent()], running)).toEqual({ rejected: [], retry: [] });
    await sink.close();
  });
});
