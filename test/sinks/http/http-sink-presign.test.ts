import { describe, expect, it } from "vitest";
import type { Presign } from "../../../src/sinks/http/http-options.ts";
import { httpSink } from "../../../src/sinks/http/http-sink.ts";
import { sampleCapture, sampleEvent } from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { startReceiver } from "../receiver.ts";
import { failureOf } from "../write-failure.ts";

const running = new AbortController().signal;
const messages = [sampleCapture({ id: "a" }), sampleCapture({ id: "b" }), sampleEvent({ id: "c" })];

describe("httpSink with presigned URLs", () => {
  sinkContract(async () => {
    const store = await startReceiver();
    return {
      sink: httpSink({ presign: async (_, { id }) => ({ url: `${store.url}/${id}` }) }),
      received: () => store.accepted.map(({ data }) => data),
      disconnect: () => store.stop(),
    };
  });

  it("asks once for each batch, and puts it where it is told to, as it is told to", async () => {
    const store = await startReceiver();
    const asked: (readonly string[])[] = [];
    const sink = httpSink({
      headers: { "x-site": "hall 1", "x-ms-version": "1" },
      presign: async (batch, { id }) => {
        asked.push(batch.map((message) => message.id));
        const headers = { "X-MS-Version": "2024-11-04", "content-type": "application/json" };
        return { url: `${store.url}/${id}.json?sig=abc`, headers };
      },
    });
    await sink.write(messages, running);
    expect(asked).toEqual([["a", "b", "c"]]);
    expect(store.requests).toMatchObject([
      {
        method: "PUT",
        path: expect.stringMatching(/^\/events\/[0-9a-f]{64}\.json\?sig=abc$/),
        headers: {
          "content-type": "application/json",
          "content-encoding": "gzip",
          "x-site": "hall 1",
          "x-ms-version": "2024-11-04",
        },
      },
    ]);
    expect(store.requests[0]?.headers).not.toHaveProperty("authorization");
    expect(store.requests[0]?.headers).not.toHaveProperty("idempotency-key");
    expect(store.accepted.map(({ id }) => id)).toEqual(["a/0", "b/0", "c/0"]);
  });

  it("names the same messages alike, so that a repetition replaces its first", async () => {
    const store = await startReceiver();
    const sink = httpSink({ presign: async (_, { id }) => ({ url: `${store.url}/${id}` }) });
    await sink.write(messages, running);
    await sink.write(messages, running, { isReplay: true });
    await sink.write(messages.slice(1), running);
    const [first, repeated, other] = store.requests.map(({ path }) => path);
    expect(repeated).toBe(first);
    expect(other).not.toBe(first);
  });

  it("asks anew when the URL has expired", async () => {
    const store = await startReceiver();
    let asked = 0;
    const presign: Presign = async () => {
      asked += 1;
      return { url: `${store.url}?sig=${asked}`, method: "POST" };
    };
    store.answer((response, { path }) => {
      response.writeHead(path.endsWith("sig=1") ? 403 : 200).end();
    });
    await httpSink({ presign }).write(messages, running);
    expect(store.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /events?sig=1",
      "POST /events?sig=2",
    ]);
  });

  it.each([400, 403, 422, 503])(
    "keeps the messages after %i: a store does not read them",
    async (status) => {
      const store = await startReceiver();
      store.answer((response) => response.writeHead(status).end());
      const sink = httpSink({ presign: async () => ({ url: store.url }) });
      expect(await failureOf(sink.write(messages, running))).toMatchObject({
        code: "SINK_REJECTED",
        retryable: true,
        cause: { status },
      });
    },
  );

  it("asks for a URL for each half of what is too large", async () => {
    const store = await startReceiver();
    store.answer((response, { events }) => response.writeHead(events.length > 2 ? 413 : 200).end());
    const sink = httpSink({ presign: async (_, { id }) => ({ url: `${store.url}/${id}` }) });
    await sink.write(messages, running);
    expect(new Set(store.requests.map(({ path }) => path)).size).toBe(3);
    expect(store.accepted.map(({ id }) => id)).toEqual(["a/0", "b/0", "c/0"]);
  });

  it("can put every message by itself", async () => {
    const store = await startReceiver();
    const sink = httpSink({
      mode: "single",
      presign: async ([message]) => ({ url: `${store.url}/${message?.id}` }),
    });
    await sink.write(messages, running);
    expect(store.requests.map(({ path }) => path)).toEqual(["/events/a", "/events/b", "/events/c"]);
  });

  it.each<{ presign: Presign; reason: string }>([
    {
      presign: () => Promise.reject(new Error("the cloud is asleep")),
      reason: "the cloud is asleep",
    },
    { presign: async () => ({ url: "s3://bucket/secret" }), reason: "got s3:" },
    { presign: async () => ({ url: "secret" }), reason: "got no absolute URL" },
  ])("keeps the messages when there is no URL: $reason", async ({ presign, reason }) => {
    const error = await failureOf(httpSink({ presign }).write(messages, running));
    expect(error).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    expect(error.message).toContain(reason);
    expect(JSON.stringify([error, error.stack])).not.toContain("secret");
  });

  it("gives up a question that is not answered, and says so to the one who asks", async () => {
    let asking: AbortSignal | undefined;
    const presign: Presign = (_, { signal }) => {
      asking = signal;
      return new Promise(() => {});
    };
    const error = await failureOf(httpSink({ presign, timeoutMs: 100 }).write(messages, running));
    expect(error).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    expect(error.message).toContain("no answer within 100 ms");
    expect(asking?.aborted).toBe(true);
  });
});
