import { defer, Observable, retry, timer } from "rxjs";
import type { IncomingLabel, LabelInput } from "../../core/label.ts";
import { GatewayError } from "../../errors.ts";
import { fullJitterMs } from "../../math/full-jitter.ts";
import { parseLabelInput } from "../../math/label-input.ts";
import { createPendingLabels, type PendingLabels } from "../../math/pending-labels.ts";
import { requireKnown } from "../../math/range-checks.ts";
import {
  CONNECTION_OPTIONS,
  type MqttConnectionOptions,
  requireConnection,
} from "./connection-options.ts";
import { openSession, type Session } from "./session.ts";

export interface MqttLabelsOptions extends MqttConnectionOptions {
  /** Where labels come, each as a JSON object with the fields of {@link LabelInput}. May have the wildcards `+` and `#`. */
  readonly topic: string;
  /** Under this name the broker keeps labels while the gateway is away: the gateway's own, and always the same. */
  readonly clientId: string;
}

/** How long labels wait for a gateway that is away; MQTT 3.1.1 leaves that to the broker. */
const KEEP_SECONDS = 30 * 86_400;
const KEEP_WITHIN_MS = 5000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Takes labels from a topic of an MQTT broker. Subscribing connects, unsubscribing disconnects; it never completes. A gateway calls `done` of each label once it
 * has kept it; whoever subscribes by himself has to do so.
 *
 *     topic   --m--?-----m--|
 *     labels  --l--------l--      ?: no label, dropped with a warning
 *
 * Delivery: at least once, in the order of the broker. The session is kept, so labels that are sent while the gateway is away come later, and a label is
 * acknowledged once its `done` was called. Until then no other comes; after 5 s the connection is given up for a while, and the broker keeps what was not
 * acknowledged. The same label is not emitted again as long as it is not done. Send labels with `atMs` and `by`: then one that comes twice is one.
 * A connection that fails or is lost is made again, after a wait with full jitter of up to a minute, with a warning when it first fails.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; the stream fails only with `DEPENDENCY_MISSING`, when `mqtt` is not installed.
 */
export function mqttLabels(options: MqttLabelsOptions): Observable<IncomingLabel> {
  requireKnown("mqttLabels", options, [...CONNECTION_OPTIONS, "topic", "clientId"]);
  const url = requireConnection("mqttLabels", options);
  for (const option of ["topic", "clientId"] as const) {
    if (typeof options[option] === "string" && options[option] !== "") continue;
    throw new GatewayError("CONFIG_INVALID", `mqttLabels, ${option}: expected a text`);
  }
  return defer(() => {
    const dropped = dropCounter(url);
    const pending = createPendingLabels();
    let failures = 0;
    const onConnect = (): void => {
      failures = 0;
    };
    const delay = (error: unknown): Observable<unknown> => {
      if (error instanceof GatewayError && error.code === "DEPENDENCY_MISSING") throw error;
      if (failures === 0) warn(`no labels come: ${error}; it is tried again and again`);
      failures += 1;
      return timer(fullJitterMs(failures, FIRST_RETRY_MS, LONGEST_RETRY_MS, Math.random));
    };
    const parts = { url, options, pending, onConnect, onDrop: dropped };
    return oneConnection(parts).pipe(retry({ delay }));
  });
}

interface ConnectionParts {
  readonly url: URL;
  readonly options: MqttLabelsOptions;
  readonly pending: PendingLabels;
  readonly onConnect: () => void;
  /** Hears what a message is none for. */
  readonly onDrop: (error: unknown) => void;
}

/** Labels of one connection; fails when it is lost. */
function oneConnection(parts: ConnectionParts): Observable<IncomingLabel> {
  const { url, options, pending, onConnect, onDrop } = parts;
  return new Observable((subscriber) => {
    const ended = new AbortController();
    const onMessage = (_: string, payload: Uint8Array): void | Promise<void> => {
      const label = labelIn(payload, onDrop);
      return (
        label &&
        inTime(
          url,
          pending.hand(label, (one) => subscriber.next(one)),
        )
      );
    };
    const run = async (): Promise<void> => {
      const identity = { clientId: options.clientId, keepSessionSeconds: KEEP_SECONDS };
      const session = await openSession(url, options, identity, ended.signal, onMessage);
      ended.signal.addEventListener("abort", () => void session.end());
      if (ended.signal.aborted) return session.end();
      await session.subscribe(options.topic);
      onConnect();
      await lost(session);
    };
    run().catch((error) => subscriber.error(error));
    return () => ended.abort();
  });
}

function labelIn(payload: Uint8Array, onDrop: (error: unknown) => void): LabelInput | undefined {
  try {
    return parseLabelInput(JSON.parse(Buffer.from(payload).toString()));
  } catch (error) {
    onDrop(error);
    return undefined;
  }
}

/** While a message waits for its acknowledgement nothing else of the connection gets through, not even a sign of life. */
async function inTime({ host }: URL, kept: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `a label from ${host} was not kept within ${KEEP_WITHIN_MS} ms: the broker gives it again`;
    const hint = "Look why in health().labels; without a gateway, call done() of each label.";
    late.reject(new GatewayError("OUTBOX_UNAVAILABLE", message, { retryable: true, hint }));
  }, KEEP_WITHIN_MS);
  try {
    await Promise.race([kept, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function lost({ lost: signal }: Session): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    if (signal.aborted) reject(signal.reason);
  });
}

/** Warns of the first message that is no label, the tenth, the hundredth and so on: whoever sends them may send many. */
function dropCounter({ host }: URL): (error: unknown) => void {
  let count = 0;
  let next = 1;
  return (error) => {
    count += 1;
    if (count < next) return;
    next *= 10;
    warn(`${host} has sent ${count} messages that are no labels; the last one: ${error}`);
  };
}

function warn(text: string): void {
  process.emitWarning(text, { code: "WHEELTAPPER_LABELS" });
}
