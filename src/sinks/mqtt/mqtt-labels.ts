import { defer, Observable, retry, timer } from "rxjs";
import type { LabelInput } from "../../core/label.ts";
import { GatewayError } from "../../errors.ts";
import { fullJitterMs } from "../../math/full-jitter.ts";
import { parseLabelInput } from "../../math/label-input.ts";
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
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Takes labels from a topic of an MQTT broker. Subscribing connects, unsubscribing disconnects; it never completes.
 *
 *     topic   --m--?-----m--|
 *     labels  --l--------l--      ?: no label, dropped with a warning
 *
 * Delivery: at least once, in the order of the broker. The session is kept, so labels that are sent while the gateway is away come later; a
 * label is acknowledged when the subscriber's `next` has returned. Send labels with `atMs` and `by`: then one that comes twice is one.
 * A connection that fails or is lost is made again, after a wait with full jitter of up to a minute, with a warning when it first fails.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; the stream fails only with `DEPENDENCY_MISSING`, when `mqtt` is not installed.
 */
export function mqttLabels(options: MqttLabelsOptions): Observable<LabelInput> {
  requireKnown("mqttLabels", options, [...CONNECTION_OPTIONS, "topic", "clientId"]);
  const url = requireConnection("mqttLabels", options);
  for (const option of ["topic", "clientId"] as const) {
    if (typeof options[option] === "string" && options[option] !== "") continue;
    throw new GatewayError("CONFIG_INVALID", `mqttLabels, ${option}: expected a text`);
  }
  return defer(() => {
    const dropped = dropCounter(url);
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
    return oneConnection(url, options, onConnect, dropped).pipe(retry({ delay }));
  });
}

/** Labels of one connection; fails when it is lost. */
function oneConnection(
  url: URL,
  options: MqttLabelsOptions,
  onConnect: () => void,
  onDrop: (error: unknown) => void,
): Observable<LabelInput> {
  return new Observable((subscriber) => {
    const ended = new AbortController();
    const onMessage = (_: string, payload: Uint8Array): void => {
      try {
        subscriber.next(parseLabelInput(JSON.parse(Buffer.from(payload).toString())));
      } catch (error) {
        onDrop(error);
      }
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
