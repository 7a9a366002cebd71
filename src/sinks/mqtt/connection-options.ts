import { GatewayError } from "../../errors.ts";
import { requireKnown, requireOneOf } from "../../math/range-checks.ts";
import { requireSecret, type Secret } from "../secret.ts";

/** Certificates and keys as PEM, or where to read them: at every connection, so renewed ones are taken without a restart. */
export interface MqttTls {
  /**
   * Authorities that the broker's certificate must come from.
   * @defaultValue those that Node.js trusts
   */
  readonly ca?: Secret;
  /** The gateway's own certificate, with `key`. */
  readonly cert?: Secret;
  readonly key?: Secret;
  /** Of the key. */
  readonly passphrase?: Secret;
  /**
   * The name that the broker's certificate must bear.
   * @defaultValue the host of the url
   */
  readonly servername?: string;
}

/** The parts of {@link MqttTls} that may be read from elsewhere. */
export const TLS_SECRETS = ["ca", "cert", "key", "passphrase"] as const;

/** How to reach a broker. */
export interface MqttConnectionOptions {
  /**
   * `mqtt:`, `mqtts:`, `ws:` or `wss:`. With `mqtts` and `wss` the broker's certificate is verified, always. Without them the
   * password and all that is sent can be read on the way.
   */
  readonly url: string | URL;
  /**
   * 5, or 4 for MQTT 3.1.1. Only 5 tells why a message was refused: many brokers acknowledge in 3.1.1 what they then throw away.
   * @defaultValue 5
   */
  readonly version?: 4 | 5;
  readonly username?: string;
  /** Read at every connection; never shown. */
  readonly password?: Secret;
  readonly tls?: MqttTls;
  /**
   * Longest wait for any one answer of the broker.
   * @defaultValue 10_000
   */
  readonly timeoutMs?: number;
}

/** The names of {@link MqttConnectionOptions}. */
export const CONNECTION_OPTIONS = [
  "url",
  "version",
  "username",
  "password",
  "tls",
  "timeoutMs",
] as const;

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const SECURE = /^(mqtts|wss):$/;

/**
 * Looks over the options without touching the network; returns the address.
 *
 * @throws GatewayError `CONFIG_INVALID`, which shows no more of the URL than its protocol.
 */
export function requireConnection(owner: string, options: MqttConnectionOptions): URL {
  const { version = 5, username, password, tls = {}, timeoutMs = 10_000 } = options;
  const url = URL.parse(String(options.url));
  if (url === null || !/^(mqtts?|wss?):$/.test(url.protocol)) {
    const got = url?.protocol ?? "no absolute URL";
    throw invalid(owner, `url: expected mqtt, mqtts, ws or wss, got ${got}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid(owner, "url: expected no user in it", "Set username and password.");
  }
  requireOneOf(owner, "version", version, [4, 5]);
  if (!(timeoutMs > 0 && timeoutMs <= LONGEST_TIMER_MS)) {
    throw invalid(owner, `timeoutMs: expected 1 to ${LONGEST_TIMER_MS}, got ${timeoutMs}`);
  }
  if (password !== undefined && username === undefined) {
    throw invalid(owner, "username: expected one beside the password, got none");
  }
  requireSecret(owner, "password", password);
  requireTls(owner, url, tls);
  return url;
}

function requireTls(owner: string, url: URL, tls: MqttTls): void {
  requireKnown(`${owner}, tls`, tls, [...TLS_SECRETS, "servername"]);
  for (const part of TLS_SECRETS) requireSecret(owner, `tls.${part}`, tls[part]);
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw invalid(owner, "tls: expected cert and key, got one without the other");
  }
  if (Object.keys(tls).length > 0 && !SECURE.test(url.protocol)) {
    throw invalid(owner, `tls: expected an url with mqtts or wss, got ${url.protocol}`);
  }
}

function invalid(owner: string, message: string, hint?: string): GatewayError {
  return new GatewayError(
    "CONFIG_INVALID",
    `${owner}, ${message}`,
    hint === undefined ? {} : { hint },
  );
}
