import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { httpSink } from "../../../src/sinks/http/http-sink.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { startReceiver } from "../receiver.ts";
import { failureOf } from "../write-failure.ts";

const running = new AbortController().signal;
const events = ["a", "b", "c", "d", "e"].map((id) => sampleEvent({ id }));

describe("an answer to the HTTP sink", () => {
  it.each([
    ...[408, 425, 429, 500, 502, 503, 504].map((status) => ({ status, retryable: true })),
    ...[401, 403, 404, 405, 410].map((status) => ({ status, retryable: true })),
    ...[400, 409, 415, 422].map((status) => ({ status, retryable: false })),
  ])("of $status is retryable: $retryable", async ({ status, retryable }) => {
    const receiver = await startReceiver();
    receiver.answer((response) => response.writeHead(status).end());
    const error = await failureOf(httpSink({ url: receiver.url }).write(events, running));
    expect(error).toMatchObject({ code: "SINK_REJECTED", retryable, cause: { status } });
    expect(error.message).toContain(`answered ${status}`);
    expect(error.hint).toBeDefined();
  });

  it("of 401 says what to do", async () => {
    const receiver = await startReceiver();
    receiver.answer((response) => response.writeHead(401).end());
    const error = await failureOf(httpSink({ url: receiver.url }).write(events, running));
    expect(error.hint).toMatch(/token.*kept/);
  });

  it("that redirects is not followed", async () => {
    const receiver = await startReceiver();
    const elsewhere = await startReceiver();
    receiver.answer((response) => response.writeHead(301, { location: elsewhere.url }).end());
    const sink = httpSink({ url: receiver.url, token: "secret" });
    const error = await failureOf(sink.write(events, running));
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
    const error = await failureOf(httpSink({ url: receiver.url }).write(events, running));
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

  it.each([422, 503])(
    "of %i to a part of a split batch keeps that part and what follows, and no more",
    async (status) => {
      const receiver = await startReceiver();
      receiver.answer((response, request) => {
        const ids = request.events.map(({ id }) => id);
        const isBad = ids.includes("c/0") ? status : 204;
        response.writeHead(ids.length > 2 ? 413 : isBad).end();
      });
      const result = await httpSink({ url: receiver.url }).write(events, running);
      expect(result).toEqual({ rejected: [], retry: [2, 3, 4] });
      expect(receiver.accepted.map(({ id }) => id)).toEqual(["a/0", "b/0"]);
    },
  );

  it("is shown in the error, unless it repeats a secret", async () => {
    const receiver = await startReceiver();
    receiver.answer((response) => response.writeHead(422).end("severity:\n out of range"));
    const sink = httpSink({ url: receiver.url, token: "secret" });
    const error = await failureOf(sink.write(events, running));
    expect(error.message).toContain("answered 422: severity: out of range");

    receiver.answer((response, { headers }) => {
      response.writeHead(422).end(`unknown token ${headers.authorization}`);
    });
    expect((await failureOf(sink.write(events, running))).message).not.toContain("secret");
  });
});

describe("a receiver that fails the HTTP sink", () => {
  const unreachable = { code: "SINK_UNREACHABLE", retryable: true };

  it("by being gone is unreachable, and no credential is shown", async () => {
    const receiver = await startReceiver();
    await receiver.stop();
    const url = `${receiver.url.replace("//", "//me:secret@")}?key=secret`;
    const error = await failureOf(httpSink({ url }).write(events, running));
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
    const error = await failureOf(sink.write(events, running));
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain("no answer within 100 ms");
  });

  it("by beginning an answer and never ending it is given up after the time-out", async () => {
    const receiver = await startReceiver();
    receiver.answer((response) => response.writeHead(200).write("so far so good"));
    const sink = httpSink({ url: receiver.url, timeoutMs: 100 });
    expect(await failureOf(sink.write(events, running))).toMatchObject(unreachable);
  });

  it("by cutting off a good answer has not acknowledged", async () => {
    const receiver = await startReceiver();
    receiver.answer((response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("{", () => response.destroy());
    });
    const error = await failureOf(httpSink({ url: receiver.url }).write(events, running));
    expect(error).toMatchObject(unreachable);
  });

  it("by resetting the connection is unreachable", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const sink = httpSink({ url: await addressOf(server) });
    expect(await failureOf(sink.write(events, running))).toMatchObject(unreachable);
  });

  it("is let go of at once when the gateway stops", async () => {
    const receiver = await startReceiver();
    const stopping = new AbortController();
    receiver.answer(() => stopping.abort());
    const write = httpSink({ url: receiver.url, timeoutMs: 60_000 }).write(events, stopping.signal);
    const error = await failureOf(write);
    expect(error).toMatchObject(unreachable);
    expect(error.message).toContain("the gateway stops");
  });

  it("by answering slowly, but in time, has acknowledged", async () => {
    const receiver = await startReceiver();
    receiver.answer((response) => {
      response.writeHead(200);
      let left = 5;
      const drip = setInterval(() => {
        response.write(".");
        left -= 1;
        if (left > 0) return;
        clearInterval(drip);
        response.end();
      }, 20);
    });
    const result = await httpSink({ url: receiver.url }).write(events, running);
    expect(result).toEqual({ rejected: [], retry: [] });
  });

  it("by resetting the connection in the middle of a large body is unreachable", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.resetAndDestroy());
    });
    const large = sampleEvent({ machine: "m".repeat(5_000_000) });
    const sink = httpSink({ url: await addressOf(server), gzip: false });
    expect(await failureOf(sink.write([large], running))).toMatchObject(unreachable);
  });

  it("by refusing a large body before it has read it is understood", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write("HTTP/1.1 422 No\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo long");
      });
    });
    const large = sampleEvent({ machine: "m".repeat(5_000_000) });
    const sink = httpSink({ url: await addressOf(server), gzip: false });
    const error = await failureOf(sink.write([large], running));
    expect(error).toMatchObject({ code: "SINK_REJECTED", cause: { status: 422 } });
  });

  it("by closing a connection that was kept is asked again on a new one", async () => {
    const receiver = await startReceiver();
    const sink = httpSink({ url: receiver.url });
    await sink.write(events.slice(0, 1), running);
    let requests = 0;
    receiver.answer((response) => {
      requests += 1;
      if (requests === 1) response.socket?.resetAndDestroy();
      else response.writeHead(204).end();
    });
    await sink.write(events.slice(1), running);
    await sink.close();
    expect(requests).toBe(2);
  });

  it("by cutting off an answer on a connection that was kept is not asked again", async () => {
    const receiver = await startReceiver();
    const sink = httpSink({ url: receiver.url });
    await sink.write(events, running);
    receiver.answer((response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("{", () => response.socket?.resetAndDestroy());
    });
    expect(await failureOf(sink.write(events, running))).toMatchObject(unreachable);
    expect(receiver.requests).toHaveLength(2);
    await sink.close();
  });

  it("by talking nonsense is unreachable", async () => {
    const server = createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"));
    const sink = httpSink({ url: await addressOf(server) });
    expect(await failureOf(sink.write(events, running))).toMatchObject(unreachable);
  });
});

async function addressOf(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
