import { describe, expect, it } from "vitest";
import { httpSink } from "../../../src/sinks/http/http-sink.ts";
import { sampleEvent, sampleLabel } from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { type Receiver, startReceiver } from "../receiver.ts";
import { failureOf } from "../write-failure.ts";

const running = new AbortController().signal;
const pump = ["p0", "p1", "p2"].map((id) => sampleEvent({ id, machine: "pump" }));
const fan = ["f0", "f1"].map((id) => sampleEvent({ id, machine: "fan" }));
const [p0, p1, p2, f0, f1] = [...pump, ...fan] as const;
const batch = [p0, f0, p1, p2, f1].filter((event) => event !== undefined);

/** Answers by the `id` of the event that was sent; 204 to all others. */
async function receiverThatAnswers(
  statuses: Readonly<Record<string, number>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Receiver> {
  const receiver = await startReceiver();
  receiver.answer((response, { events: [event] }) => {
    response.writeHead(statuses[event?.data.id ?? ""] ?? 204, headers).end();
  });
  return receiver;
}

const idsAt = (receiver: Receiver): readonly string[] =>
  receiver.requests.flatMap(({ events }) => events.map(({ data }) => data.id));

describe("httpSink, message by message", () => {
  sinkContract(async () => {
    const receiver = await startReceiver();
    return {
      sink: httpSink({ url: receiver.url, mode: "single" }),
      received: () => receiver.accepted.map(({ data }) => data),
      disconnect: () => receiver.stop(),
    };
  });

  it("sends structured CloudEvents, each under a key of its own, on one connection", async () => {
    const receiver = await startReceiver();
    const sink = httpSink({ url: receiver.url, mode: "single" });
    await sink.write([...batch, sampleLabel()], running, { isReplay: true });
    await sink.close();
    expect(receiver.requests).toHaveLength(6);
    expect(receiver.requests[0]).toMatchObject({
      method: "POST",
      headers: { "content-type": "application/cloudevents+json; charset=utf-8" },
      events: [{ id: "p0/0", subject: "pump", replay: true }],
    });
    const keys = receiver.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys).size).toBe(6);
    expect(new Set(receiver.requests.map(({ port }) => port)).size).toBe(1);
  });

  it.each([400, 413, 422])(
    "rejects the one that is refused with %i, and no other",
    async (status) => {
      const receiver = await receiverThatAnswers({ p1: status });
      const result = await httpSink({ url: receiver.url, mode: "single" }).write(batch, running);
      expect(result).toEqual({
        rejected: [{ index: 2, reason: expect.stringContaining(`answered ${status}`) }],
        retry: [],
      });
      expect(receiver.accepted.map(({ data }) => data.id)).toEqual(["p0", "f0", "p2", "f1"]);
    },
  );

  it.each([408, 500, 502])(
    "keeps the later ones of a machine behind one that is put off with %i, and sends those of others",
    async (status) => {
      const receiver = await receiverThatAnswers({ p1: status });
      const result = await httpSink({ url: receiver.url, mode: "single" }).write(batch, running);
      expect(result).toEqual({ rejected: [], retry: [2, 3] });
      expect(receiver.accepted.map(({ data }) => data.id)).toEqual(["p0", "f0", "f1"]);
    },
  );

  it.each([401, 404, 429, 503])("keeps all that follows after %i", async (status) => {
    const receiver = await receiverThatAnswers({ p1: status });
    const result = await httpSink({ url: receiver.url, mode: "single" }).write(batch, running);
    expect(result).toEqual({ rejected: [], retry: [2, 3, 4] });
    expect(idsAt(receiver)).toEqual(["p0", "f0", "p1"]);
  });

  it("keeps all that follows when the receiver goes away", async () => {
    const receiver = await startReceiver();
    receiver.answer((response, { events: [event] }) => {
      if (event?.data.id === "p1") response.destroy();
      else response.writeHead(204).end();
    });
    const result = await httpSink({ url: receiver.url, mode: "single" }).write(batch, running);
    expect(result).toEqual({ rejected: [], retry: [2, 3, 4] });
  });

  it("fails as a whole when the first one is put off by the receiver, so that it is left alone for as long as it asks", async () => {
    const receiver = await receiverThatAnswers({ p0: 429 }, { "retry-after": "30" });
    const sink = httpSink({ url: receiver.url, mode: "single" });
    expect(await failureOf(sink.write(batch, running))).toMatchObject({
      code: "SINK_REJECTED",
      retryable: true,
      cause: { status: 429, retryAfterMs: 30_000 },
    });
    expect(idsAt(receiver)).toEqual(["p0"]);
  });

  it("fails as a whole when the first of every machine is put off", async () => {
    const receiver = await receiverThatAnswers({ p0: 500, f0: 500 });
    const sink = httpSink({ url: receiver.url, mode: "single" });
    const error = await failureOf(sink.write(batch, running));
    expect(error).toMatchObject({ retryable: true, cause: { status: 500 } });
    expect(idsAt(receiver)).toEqual(["p0", "f0"]);
  });

  it("keeps what was not sent when the gateway stops in the middle", async () => {
    const receiver = await startReceiver();
    const stopping = new AbortController();
    receiver.answer((response, { events: [event] }) => {
      if (event?.data.id === "p1") stopping.abort();
      else response.writeHead(204).end();
    });
    const sink = httpSink({ url: receiver.url, mode: "single" });
    expect(await sink.write(batch, stopping.signal)).toEqual({ rejected: [], retry: [2, 3, 4] });
  });
});
