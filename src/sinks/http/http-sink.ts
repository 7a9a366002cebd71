import type { GatewayMessage } from "../../core/gateway-message.ts";
import { batchId, CLOUD_EVENT_BATCH_TYPE, CLOUD_EVENT_TYPE, cloudEvent } from "../cloud-event.ts";
import { ALL_ACCEPTED, ALL_KINDS, type Delivery, type Sink } from "../sink.ts";
import { openConnection } from "./connection.ts";
import { type HttpSinkOptions, requireHttpOptions } from "./http-options.ts";
import { type Post, postEach, postTogether } from "./posting.ts";
import { type Envelope, sender } from "./sender.ts";

/**
 * Sends messages as CloudEvents 1.0 over HTTP, see {@link cloudEvent}: a batch in one request, with `mode: "single"` each in its own;
 * to `url`, or, with `presign`, to a URL that your cloud signs for each upload.
 *
 * Delivery: in order, and at least once. What a request carried counts as delivered when the receiver answered 2xx and the
 * whole answer was read. The same messages have the same `Idempotency-Key` (another one once they are replayed, since the body says so),
 * and the same message the same CloudEvents `id`, so a receiver can tell a repetition.
 *
 * Answers: 408, 425, 429 and 5xx put the messages off, as does an unreachable receiver, for as long as `Retry-After` says.
 * So do 401, 403 (a token can be renewed) and 3xx, 404, 405, 410 (a wrong address or a captive portal says nothing
 * about the messages). 413 splits the batch; a single message that is too large is rejected. Any other answer rejects what the request
 * carried; to a presigned URL it puts it off, since a store judges no contents. A redirect is not followed: it would take the token to another host.
 *
 * With `mode: "single"` a refused message is rejected alone. Behind one that is put off, those of the same machine wait,
 * the others go on, unless the answer speaks of the receiver (no answer, 3xx, 401, 403, 404, 405, 410, 429, 503): then all wait.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; from `write`, `SINK_UNREACHABLE`, or `SINK_REJECTED`, whose
 * `cause` is an {@link HttpAnswer}, or, retryable, `CONFIG_INVALID` and `FILE_UNREADABLE` for a secret that is missing. No error shows a
 * secret, a header value, or more of a URL than its host.
 */
export function httpSink(options: HttpSinkOptions): Sink {
  requireHttpOptions(options);
  const { name = "http", kinds = ALL_KINDS, mode = "batch" } = options;
  const connection = openConnection();
  const send = sender(options, connection);

  return {
    name,
    kinds,
    async write(batch, signal, delivery) {
      if (batch.length === 0) return ALL_ACCEPTED;
      const post: Post = (messages) => send(envelope(messages, mode, delivery), signal);
      return mode === "single" ? postEach(batch, post) : postTogether(batch, post);
    },
    async close() {
      connection.close();
    },
  };
}

function envelope(
  messages: readonly GatewayMessage[],
  mode: "batch" | "single",
  delivery: Delivery | undefined,
): Envelope {
  const events = messages.map((message) => cloudEvent(message, delivery));
  const isSingle = mode === "single";
  return {
    messages,
    body: JSON.stringify(isSingle ? events[0] : events),
    contentType: isSingle ? CLOUD_EVENT_TYPE : CLOUD_EVENT_BATCH_TYPE,
    // A key stands for one body, and a replayed message says that it is one.
    idempotencyKey: batchId(messages) + (delivery?.isReplay ? "-replay" : ""),
  };
}
