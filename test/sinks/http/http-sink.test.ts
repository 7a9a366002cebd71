import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import type { GatewayError } from "../../../src/errors.ts";
import { httpSink } from "../../../src/sinks/http/http-sink.ts";
import { sampleEvent, sampleSensorFault } from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { startReceiver } from "../receiver.ts";

const running = new AbortController().signal;
const events = ["a", "b", "c", "d", "e"].map((id) => sampleEvent({ id }));

/** What the write fails with. */
async function failure(write: Promise<unknown>): Promise<GatewayError> {
  return await write.then(
    () => expect.unreachable("the write succeeded"),
    (error: unknown) => error as GatewayError,
  );
}

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

  it.each([
    { url: "not a url" },
    { url: "ftp://cloud.example/" },
    { url: "https://me:secret@cloud.example/", token: "secret" },
    { url: "https://cloud.example/", token: "sec\nret" },
    { url: "https://cloud.example/", headers: { "x y": "secret" } },
    { url: "https://cloud.example/", timeoutMs: 0 },
    { url: "https://cloud.example/", timeoutMs: 2 ** 31 },
  ])("refuses %o at once, without a secret in the error", (options) => {
    try {
      httpSink(options);
      expect.unreachable("the options were taken");
    } catch (error) {
      const { code, message, cause } = error as GatewayError;
      expect({ code, cause }).toEqual({ code: "CONFIG_INVALID", cause: undefined });
      expect(message).not.toContain("secret");
    }
  });
});

describe("an answer to the HTTP sink", () => {
  it.each([
    ...[408, 425, 429, 500, 502, 503, 504].map((status) => ({ status, retryable: true })),
    ...[401, 403, 404, 405, 410].map((status) => ({ status, retryable: true })),
    ...[400, 409, 415, 422].map((status) => ({ status, retryable: false })),
  ])("of $status is retryable: $retryable", async ({ status, retryable }) => {
    const receiver = await startReceiver();
    receiver.answer((response) => response.writeHead(status).end());
    const error = await failure(httpSink({ url: receiver.url }).write(events, running));
    expect(error).toMatchObject({ code: "SINK_REJECTED", retryable, cause: { status } });
    expect(error.message).toContain(`answered ${status}`);
    expect(error.hint).toBeDefined();
  });

  it("of 401 says what to do", async () => {
    const receiver = await startReceiver();
    receiver.answer((response) => response.writeHead(401).end());
    const error = await failure(httpSink({ url: receiver.url }).write(events, running));
    expect(error.hint).toMatch(/token.*kept/);
  });

  it("that redirects is not followed", async () => {
    const receiver = await startReceiver();
    const elsewhere = await startReceiver();
    receiver.answer((response) => response.writeHead(301, { location: elsewhere.url }).end());
    const sink = httpSink({ url: receiver.url, token: "secret" });
    const error = await failure(sink.write(events, running));
    expect(error).toMatchObject({ code: "SINK_REJECTED", retryable: true });
    expect(elsewhere.requests).toEqual([]);
  });

  it.each([
    { retryAfter: "120", retryAfterMs: 120_000 },
    { retryAfter: "Wed, 25 Nov 2026 10:00:30 GMT", retryAfterMs: 30_000 },
    { retryAfter: "Wed, 25 Nov 2026 09:00:00 GMT", retryAfterMs: 0 },
    { retryAfter: "later", retryAfterMs: undefined },
  ])("may ask to wait: $retryAfter", async ({ retryAfter, retryAfterMs }) => {
    const receiver = await startReceiver();
    // By the clock of the receiver: that of a gateway may be anywhere.
    const date = "Wed, 25 Nov 2026 10:00:00 GMT";
    receiver.answer((response) =>
      response.writeHead(429, { "retry-after": retryAfter, date }).end(),
    );
    const error = await failure(httpSink({ url: receiver.url }).write(events, running));
    expect((error.cause as { retryAfterMs?: number }).retryAfterMs).toBe(retryAfterMs);
  });

  it("of 413 splits the batch, in order, down to the event that is too large", async () => {
    const receiver = await startReceiver();
    const tooLarge = (ids: readonly string[]) => ids.length > 2 || ids.includes("d/0");
    receiver.answer((response, request) => {
      const ids = request.events.map(({ id }) => id);
      response.writeHead(tooLarge(ids) ? 413 : 204).end();
    });
    const result = await httpSink({ url: receiver.url }).write(events, running);
    expect(result).toEqual({
      rejected: [{ index: 3, reason: expect.stringContaining("answered 413") }],
      retry: [],
    });
    expect(receiver.accepted.map(({ id }) => id)).toEqual(["a/0", "b/0", "c/0", "e/0"]);
  });

  it("is shown in the error, unless it repeats a secret", async () => {
    const receiver = await startReceiver();
    receiver.answer((response) => response.writeHead(422).end("severity:\n out of range"));
    const sink = httpSink({ url: receiver.url, token: "secret" });
    const error = await failure(sink.write(events, running));
    expect(error.message).toContain("answered 422: severity: out of range");

    receiver.answer((response, { headers }) => {
      response.writeHead(422).end(`unknown token ${headers.authorization}`);
    });
    expect((await failure(sink.write(events, running))).message).not.toContain("secret");
  });
});

describe("a receiver that fails the HTTP sink", () => {
  const unreachable = { code: "SINK_UNREACHABLE", retryable: true };

  it("by being gone is unreachable, and no credential is shown", async () => {
    const receiver = await startReceiver();
    await receiver.stop();
    const url = `${receiver.url.replace("//", "//me:secret@")}?key=secret`;
    const error = await failure(httpSink({ url }).write(events, running));
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain("ECONNREFUSED");
    expect(JSON.stringify([error, error.message, error.stack, String(error.cause)])).not.toContain(
      "secret",
    );
  });

  it("by not answering is given up after the time-out", async () => {
    const receiver = await startReceiver();
    receiver.answer(() => {});
    const sink = httpSink({ url: receiver.url, timeoutMs: 100 });
    const error = await failure(sink.write(events, running));
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain("no answer within 100 ms");
  });

  it("by beginning an answer and never ending it is given up after the time-out", async () => {
    const receiver = await startReceiver();
    receiver.answer((response) => response.writeHead(200).write("so far so good"));
    const sink = httpSink({ url: receiver.url, timeoutMs: 100 });
    expect(await failure(sink.write(events, running))).toMatchObject(unreachable);
  });

  it("by cutting off a good answer has not acknowledged", async () => {
    const receiver = await startReceiver();
    receiver.answer((response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("{", () => response.destroy());
    });
    const error = await failure(httpSink({ url: receiver.url }).write(events, running));
    expect(error).toMatchObject(unreachable);
  });

  it("by resetting the connection is unreachable", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" ? (address?.port ?? 0) : 0);
      });
    });
    const sink = httpSink({ url: `http://127.0.0.1:${port}/` });
    expect(await failure(sink.write(events, running))).toMatchObject(unreachable);
    server.close();
  });

  it("is let go of at once when the gateway stops", async () => {
    const receiver = await startReceiver();
    const stopping = new AbortController();
    receiver.answer(() => stopping.abort());
    const write = httpSink({ url: receiver.url, timeoutMs: 60_000 }).write(events, stopping.signal);
    const error = await failure(write);
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain("the gateway stops");
  });
});
