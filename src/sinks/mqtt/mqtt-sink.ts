import { ALL_ACCEPTED, EVENT_KINDS, type Sink } from "../sink.ts";
import { clientIdOf, createLink, type Link } from "./link.ts";
import type { MessageForm } from "./message-form.ts";
import { stopped, unreachable } from "./mqtt-errors.ts";
import { type MqttSinkOptions, readOptions } from "./mqtt-sink-options.ts";
import { openSession, type Session } from "./session.ts";

/**
 * Publishes to an MQTT broker: each message as a CloudEvent in JSON, or as metrics of Sparkplug B.
 *
 * It connects at the first `write`, because only messages tell the name of the gateway, and stays connected. Who watches the status
 * topic, or the death certificates of Sparkplug, sees when a gateway is gone.
 *
 * Delivery: in order and at least once. With CloudEvents (QoS 1) a message counts as delivered when the broker has
 * acknowledged it; with Sparkplug, whose messages have QoS 0 by its specification, when the broker has answered a request that was sent
 * after it. What was under way when a connection ended is forgotten here and sent again by the outbox; nothing is sent again from memory.
 *
 * Answers: in MQTT 5, an invalid topic, an invalid payload or a packet that is too large rejects the message; every other reason (not
 * authorized, quota exceeded, …) puts it off, as does a broker that cannot be reached, refuses the login or does not answer
 * within `timeoutMs`. A message larger than the broker takes is rejected before it is sent.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; from `write`, always retryable: `SINK_UNREACHABLE`, `SINK_REJECTED`,
 * `DEPENDENCY_MISSING` when `mqtt` is not installed, and what reading a secret throws. No error shows a secret, or more of the URL than its host.
 */
export function mqttSink(options: MqttSinkOptions): Sink {
  const { url, formFor } = readOptions(options);
  const { name = "mqtt", kinds = EVENT_KINDS } = options;
  let state: { readonly form: MessageForm; readonly link: Link } | undefined;

  const startedFor = (gateway: string): NonNullable<typeof state> => {
    const form = formFor(gateway);
    const clientId = options.clientId ?? clientIdOf(gateway, name);
    const connect = async (signal: AbortSignal): Promise<Session> => {
      const { will, onMessage } = form.prepare();
      const session = await openSession(url, options, { clientId, will }, signal, onMessage);
      try {
        await orDropped(session, signal, url, () => form.begin(session));
      } catch (error) {
        session.drop(unreachable(url, "it could not begin"));
        throw error;
      }
      return session;
    };
    return { form, link: createLink(connect) };
  };

  return {
    name,
    kinds,
    async write(batch, signal, delivery) {
      const [first] = batch;
      if (first === undefined) return ALL_ACCEPTED;
      if (signal.aborted) throw stopped(url);
      state ??= startedFor(first.gateway);
      const { form, link } = state;
      const session = await unlessAborted(link.session(), signal, url);
      return orDropped(session, signal, url, () => form.write(session, batch, delivery));
    },
    async close() {
      await state?.link.close(state.form.farewell);
    },
  };
}

/** Drops the connection when the gateway stops: then nothing waits for the broker any more, and nothing is left half sent. */
async function orDropped<T>(
  session: Session,
  signal: AbortSignal,
  url: URL,
  work: () => Promise<T>,
): Promise<T> {
  const giveUp = (): void => session.drop(stopped(url));
  signal.addEventListener("abort", giveUp);
  try {
    if (signal.aborted) giveUp();
    return await work();
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal, url: URL): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(stopped(url));
    signal.addEventListener("abort", giveUp);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
