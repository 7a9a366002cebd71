import { describe, expect, it } from "vitest";
import type { GatewayError } from "../../../src/errors.ts";
import type { HttpSinkOptions } from "../../../src/sinks/http/http-options.ts";
import { httpSink } from "../../../src/sinks/http/http-sink.ts";
import { sampleEvent, sampleSensorFault } from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { startReceiver } from "../receiver.ts";

const running = new AbortController().signal;
const events = ["a", "b", "c", "d", "e"].map((id) => sampleEvent({ id }));

describe("httpSink", () => {
  sinkContract(async () => {
    const receiver = await startReceiver();
    return {
      sink: httpSink({ url: receiver.url }),
      received: () => receiver.accepted.map(({ data }) => data),
      disconnect: () => receiver.stop(),
    };
  });

  it("posts CloudEvents that carry the whole event", async () => {
    const receiver = await startReceiver();
    await httpSink({ url: receiver.url }).write(
      [
        sampleEvent({
          id: "g/p/1",
          revision: 2,
          phase: "updated",
          gateway: "hall 1",
          machine: "pump-1",
        }),
      ],
      running,
    );
    const [request] = receiver.requests;
    expect(request?.headers).toMatchObject({
      "content-type": "application/cloudevents-batch+json; charset=utf-8",
      "content-encoding": "gzip",
    });
    expect(request?.events).toEqual([
      {
        specversion: "1.0",
        id: "g/p/1/2",
        source: "/gateways/hall%201",
        type: "io.wheeltapper.anomaly.updated",
        subject: "pump-1",
        time: "2023-11-14T22:13:25.000Z",
        datacontenttype: "application/json",
        data: expect.objectContaining({ kind: "anomaly", id: "g/p/1", revision: 2 }),
      },
    ]);
    // JSON has no NaN.
    expect(request?.events[0]?.data).toMatchObject({
      readings: [{}, { value: null, quality: "bad" }],
    });
  });

  it("posts sensor faults under a type of their own", async () => {
    const receiver = await startReceiver();
    const fault = sampleSensorFault({ id: "f", phase: "closed", revision: 1 });
    await httpSink({ url: receiver.url }).write([fault], running);
    expect(receiver.requests[0]?.events).toMatchObject([
      {
        id: "f/1",
        type: "io.wheeltapper.sensor-fault.closed",
        subject: "pump-1",
        time: "2023-11-14T22:13:30.000Z",
        data: { kind: "sensor-fault", tag: "flow", fault: "bad-quality", value: null },
      },
    ]);
  });

  it("can leave the body uncompressed", async () => {
    const receiver = await startReceiver();
    await httpSink({ url: receiver.url, gzip: false }).write(events, running);
    expect(receiver.requests[0]?.headers).not.toHaveProperty("content-encoding");
    expect(receiver.accepted).toHaveLength(5);
  });

  it("names the same batch alike, and another one differently", async () => {
    const receiver = await startReceiver();
    const sink = httpSink({ url: receiver.url });
    await sink.write(events, running);
    await sink.write(events, running);
    await sink.write(events.slice(1), running);
    const [first, repeated, other] = receiver.requests.map(
      ({ headers }) => headers["idempotency-key"],
    );
    expect(first).toMatch(/^"[0-9a-f]{64}"$/);
    expect(repeated).toBe(first);
    expect(other).not.toBe(first);
  });

  it.each([
    { options: { token: "t0ken" }, user: "", authorization: "Bearer t0ken" },
    { options: {}, user: "me:pa%40ss@", authorization: `Basic ${btoa("me:pa@ss")}` },
    { options: { headers: { Authorization: "Key k3y" } }, user: "", authorization: "Key k3y" },
  ])("sends $authorization", async ({ options, user, authorization }) => {
    const receiver = await startReceiver();
    const url = receiver.url.replace("//", `//${user}`);
    await httpSink({ url, ...options }).write(events, running);
    expect(receiver.requests[0]?.headers.authorization).toBe(authorization);
  });

  it("takes everything, and less where it is told so", () => {
    const url = "https://cloud.example/";
    expect(httpSink({ url }).kinds).toContain("capture");
    expect(httpSink({ url, kinds: ["label"] }).kinds).toEqual(["label"]);
  });

  it("marks what has waited, under another key: a receiver may refuse a key with another body", async () => {
    const receiver = await startReceiver();
    const sink = httpSink({ url: receiver.url });
    await sink.write(events, running);
    await sink.write(events, running, { isReplay: true });
    expect(receiver.accepted.map(({ replay }) => replay)).toEqual([
      ...Array(5).fill(undefined),
      ...Array(5).fill(true),
    ]);
    const keys = receiver.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys).size).toBe(2);
  });

  it("keeps its connection from one batch to the next, and closes it in the end", async () => {
    const receiver = await startReceiver();
    const sink = httpSink({ url: receiver.url });
    await sink.write(events, running);
    await sink.write(events, running);
    await sink.close();
    expect(new Set(receiver.requests.map(({ port }) => port)).size).toBe(1);
  });

  it.each([
    { url: "not a url" },
    { url: "ftp://cloud.example/" },
    { url: "https://me:secret@cloud.example/", token: "secret" },
    { url: "https://cloud.example/", token: "sec\nret" },
    { url: "https://cloud.example/", headers: { "x y": "secret" } },
    { url: "https://me:secret@cloud.example/", password: "secret" },
    { url: "https://cloud.example/", password: "secret" },
    { url: "https://cloud.example/", token: "" },
    { url: "https://cloud.example/", headers: { "x-api-key": " " } },
    { url: "https://cloud.example/", tls: { cert: "secret" } },
    { url: "https://cloud.example/", tls: { ca: "" } },
    { url: "http://cloud.example/", tls: { ca: "secret" } },
    { url: "https://cloud.example/", timeoutMs: 0 },
    { url: "https://cloud.example/", timeoutMs: 2 ** 31 },
    {},
    { url: "https://cloud.example/", presign: async () => ({ url: "https://store.example/" }) },
    { url: "https://cloud.example/", mode: "stream" },
    { url: "https://cloud.example/", kinds: ["alarm"] },
    { url: "https://cloud.example/", apiKey: "secret" },
  ])("refuses %o at once, without a secret in the error", (options) => {
    try {
      httpSink(options as HttpSinkOptions);
      expect.unreachable("the options were taken");
    } catch (error) {
      const { code, message, cause } = error as GatewayError;
      expect({ code, cause }).toEqual({ code: "CONFIG_INVALID", cause: undefined });
      expect(message).not.toContain("secret");
    }
  });
});
