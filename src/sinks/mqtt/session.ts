import type { IClientOptions, IClientPublishOptions, IConnackPacket, MqttClient } from "mqtt";
import { GatewayError } from "../../errors.ts";
import { loadPeer } from "../../load-peer.ts";
import { resolveSecret } from "../secret.ts";
import { type MqttConnectionOptions, type MqttTls, TLS_SECRETS } from "./connection-options.ts";
import { refusedConnection, stopped, unreachable } from "./mqtt-errors.ts";

/** What the broker sends to all when the gateway is gone without a word. */
export interface LastWill {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
}

/** Who connects, beside the user's options. */
export interface SessionIdentity {
  readonly clientId: string;
  readonly will?: LastWill;
  /** How long the broker keeps subscriptions and what comes for them while nobody is connected; absent: not at all. */
  readonly keepSessionSeconds?: number;
}

/** What became of one message: `undefined` when the broker has taken it, else the reason; a number is the broker's own code. */
export type PublishFailure = number | GatewayError | undefined;

/** A message counts as received once what this returns has resolved; when it rejects, the connection is given up, and the broker keeps the message. */
export type MessageHandler = (topic: string, payload: Uint8Array) => void | Promise<void>;

/**
 * One connection, from the handshake to its end. It is never made anew: mqtt.js would send again from memory what the outbox sends
 * again anyway, so whatever was under way when a connection ends is forgotten here.
 */
export interface Session {
  /** Messages that the broker takes without having acknowledged the ones before. */
  readonly receiveMaximum: number;
  /** Bytes of the largest packet that the broker takes. */
  readonly maximumPacketSize: number;
  /** Aborted, with a `GatewayError`, when the connection has ended. */
  readonly lost: AbortSignal;
  /** Resolves with the acknowledgement; never rejects. With QoS 0 there is none, and it resolves when the message is on its way. */
  publish(
    topic: string,
    payload: string | Buffer,
    options: IClientPublishOptions,
  ): Promise<PublishFailure>;
  /** @throws GatewayError when the broker refuses, or the connection ends. */
  subscribe(topic: string): Promise<void>;
  /**
   * Resolves when the broker has gone through everything that was sent before: it answers in order.
   * @throws GatewayError when the connection ends.
   */
  flush(): Promise<void>;
  /** Says goodbye, so that the will is not sent. */
  end(): Promise<void>;
  /** Breaks off at once; the broker sends the will. */
  drop(reason: GatewayError): void;
}

/** How often the broker is asked whether it is still there. */
const KEEP_ALIVE_SECONDS = 30;
/** What was kept for this client comes in portions, so that answers of the broker get through in between. */
const MOST_UNACKNOWLEDGED = 16;
/** MQTT 5, 3.1.2.11.3: what holds when the broker names none. */
const DEFAULT_RECEIVE_MAXIMUM = 65_535;

/**
 * Connects.
 *
 * @param url checked by `requireConnection`
 * @param onMessage gets what comes for subscriptions; also what waited in a kept session, from the first moment on
 * @throws GatewayError `SINK_UNREACHABLE` or `SINK_REJECTED`, retryable, and what reading a secret throws. No error shows more of the URL than
 * its host.
 */
export async function openSession(
  url: URL,
  options: MqttConnectionOptions,
  identity: SessionIdentity,
  signal: AbortSignal,
  onMessage: MessageHandler = () => {},
): Promise<Session> {
  const mqtt = await loadPeer("mqtt", () => import("mqtt")).catch((cause: GatewayError) => {
    const { code, message, hint = "" } = cause;
    // Somebody can install it: no reason to give messages up.
    throw new GatewayError(code, message, { cause, hint, retryable: true });
  });
  const settings = await settingsOf(options, identity);
  if (signal.aborted) throw stopped(url);
  const client = mqtt.connect(url.href, settings);
  // An error of a client that is given up must not end the process.
  client.on("error", () => {});
  client.handleMessage = ({ topic, payload }, acknowledge) => {
    const received = async (): Promise<void> => onMessage(topic, Buffer.from(payload));
    received().then(
      () => acknowledge(),
      (reason: unknown) => client.emit("error", asError(reason)),
    );
  };
  const connack = await connected(client, url, signal);
  return wrap(client, connack, url, settings.connectTimeout ?? 0);
}

async function settingsOf(
  options: MqttConnectionOptions,
  { clientId, will, keepSessionSeconds }: SessionIdentity,
): Promise<IClientOptions> {
  const { version = 5, username, password, tls = {}, timeoutMs = 10_000 } = options;
  return {
    ...(await resolveTls(tls)),
    rejectUnauthorized: true,
    protocolVersion: version,
    clientId,
    clean: keepSessionSeconds === undefined,
    ...(version === 5 &&
      keepSessionSeconds !== undefined && {
        properties: {
          sessionExpiryInterval: keepSessionSeconds,
          receiveMaximum: MOST_UNACKNOWLEDGED,
        },
      }),
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: timeoutMs,
    keepalive: KEEP_ALIVE_SECONDS,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: await resolveSecret(password) }),
    ...(will && { will: { ...will, qos: 1 } }),
  };
}

async function resolveTls(tls: MqttTls): Promise<IClientOptions> {
  const parts: Partial<Record<keyof MqttTls, string>> = {};
  if (tls.servername !== undefined) parts.servername = tls.servername;
  for (const part of TLS_SECRETS) {
    const secret = tls[part];
    if (secret !== undefined) parts[part] = await resolveSecret(secret);
  }
  return { ...parts, wsOptions: { ...parts } };
}

function connected(client: MqttClient, url: URL, signal: AbortSignal): Promise<IConnackPacket> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      client.off("connect", onConnect).off("error", onError).off("close", onClose);
      finish();
    };
    const fail = (error: GatewayError): void =>
      settle(() => {
        client.end(true);
        reject(error);
      });
    const onConnect = (connack: IConnackPacket): void => settle(() => resolve(connack));
    const onError = (error: Error): void => fail(refusedConnection(url, error));
    const onClose = (): void => fail(unreachable(url, "the connection was closed"));
    const onAbort = (): void => fail(stopped(url));
    client.on("connect", onConnect).on("error", onError).on("close", onClose);
    signal.addEventListener("abort", onAbort);
  });
}

function wrap(client: MqttClient, connack: IConnackPacket, url: URL, timeoutMs: number): Session {
  const lost = new AbortController();
  const drop = (reason: GatewayError): void => {
    if (lost.signal.aborted) return;
    lost.abort(reason);
    client.end(true);
  };
  client.on("disconnect", ({ reasonCode }) => {
    drop(unreachable(url, `the broker ended the connection with code ${reasonCode}`));
  });
  client.on("error", (error) => {
    drop(error instanceof GatewayError ? error : unreachable(url, error.message));
  });
  client.on("close", () => drop(unreachable(url, "the connection was lost")));

  /** Settles with the callback, or when the connection ends, or when no answer came: mqtt.js forgets callbacks in some cases. */
  const answered = (ask: (answer: (error?: Error | null) => void) => void): Promise<unknown> =>
    new Promise((resolve) => {
      const settle = (failure: unknown): void => {
        clearTimeout(timer);
        lost.signal.removeEventListener("abort", onLost);
        resolve(failure);
      };
      const onLost = (): void => settle(lost.signal.reason);
      const timer = setTimeout(() => {
        drop(unreachable(url, `no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      lost.signal.addEventListener("abort", onLost);
      if (lost.signal.aborted) onLost();
      else ask((error) => settle(error ?? undefined));
    });

  return {
    receiveMaximum: connack.properties?.receiveMaximum ?? DEFAULT_RECEIVE_MAXIMUM,
    maximumPacketSize: connack.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY,
    lost: lost.signal,
    drop,
    async publish(topic, payload, options) {
      const failure = await answered((answer) => client.publish(topic, payload, options, answer));
      if (failure === undefined || failure instanceof GatewayError) return failure;
      return codeOf(failure) ?? unreachable(url, String(failure));
    },
    async subscribe(topic) {
      const failure = await answered((answer) => client.subscribe(topic, { qos: 1 }, answer));
      if (failure instanceof GatewayError) throw failure;
      if (failure !== undefined) throw refusedConnection(url, failure, `subscription to ${topic}`);
    },
    async flush() {
      // A broker has to answer this, also where nothing was subscribed.
      const failure = await answered((answer) => client.unsubscribe(NOWHERE, answer));
      if (failure instanceof GatewayError) throw failure;
      if (failure !== undefined) throw unreachable(url, String(failure));
    },
    end: () =>
      new Promise((resolve) => {
        lost.signal.addEventListener("abort", () => resolve(), { once: true });
        if (lost.signal.aborted) resolve();
        else client.end(false, {}, () => drop(stopped(url)));
        setTimeout(() => drop(stopped(url)), timeoutMs).unref();
      }),
  };
}

/** A topic that nobody subscribes to. */
const NOWHERE = "wheeltapper/nowhere";

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function codeOf(failure: unknown): number | undefined {
  return failure instanceof Error && "code" in failure && typeof failure.code === "number"
    ? failure.code
    : undefined;
}
