import { GatewayError } from "../../errors.ts";
import {
  requireCount,
  requireKnown,
  requireNotNegative,
  requireOneOf,
  requirePositive,
} from "../../math/range-checks.ts";
import { RECONNECT_OPTIONS, type ReconnectOptions } from "../reconnect-options.ts";
import { nodeOpcuaClient } from "./client/node-opcua-client.ts";
import type { OpcuaClient, OpcuaTarget } from "./opcua-client.ts";
import { type OpcuaTag, requireOpcuaTags } from "./opcua-tag.ts";
import {
  checkSecurity,
  type OpcuaSecurityOptions,
  SECURITY_OPTIONS,
} from "./security/opcua-security.ts";
import type { OpcuaTimestamps } from "./watch/to-reading.ts";
import type { WatchServerOptions } from "./watch/watch-options.ts";

export interface OpcuaSourceOptions extends ReconnectOptions, OpcuaSecurityOptions {
  /** @defaultValue `opcua <host>:<port>` */
  readonly name?: string;
  /** Address of the server, e.g. `opc.tcp://10.0.0.5:4840/path`. */
  readonly endpointUrl: string;
  readonly tags: readonly OpcuaTag[];
  /**
   * `subscribe`: the server samples and sends; `poll`: the source reads every `samplingMs`, for servers that have no subscriptions or
   * lose them.
   * @defaultValue `"subscribe"`
   */
  readonly mode?: "subscribe" | "poll";
  /**
   * How often the server looks at a node; it may choose another time, and the status then says so. When polling, the time between the
   * beginnings of two reads; one that takes longer skips the next ones.
   * @defaultValue 1000
   */
  readonly samplingMs?: number;
  /**
   * How often the server sends what it has seen.
   * @defaultValue `samplingMs`
   */
  readonly publishingMs?: number;
  /**
   * Samples of one node that the server keeps until the next publishing, and during a short break of the link.
   * @defaultValue as many as fit into one publishing, at least 10
   */
  readonly queueSize?: number;
  /**
   * Which end of a full queue the server drops: the oldest values, or all newer than the first ones. It counts as `overflows`.
   * @defaultValue true
   */
  readonly discardOldest?: boolean;
  /**
   * Whose clock stamps readings: the source's of the value, else the server's, else the arrival; or from the server's on; or the arrival.
   * @defaultValue `"source"`
   */
  readonly timestamps?: OpcuaTimestamps;
  /**
   * After a gap the server is asked for what it has stored of it, so far back at most; the readings are `late`. 0 for never.
   * @defaultValue 3600000
   */
  readonly backfillMs?: number;
  /**
   * Longest wait for the connection with its session, and for the answer to a request.
   * @defaultValue 10000
   */
  readonly timeoutMs?: number;
  /**
   * Without data or keep-alive for this long the session is made anew. A server that insists on rarer keep-alives gets twice their time.
   * @defaultValue 15000
   */
  readonly silenceMs?: number;
  /**
   * Time until a node that the server refuses is asked for again.
   * @defaultValue 60000
   */
  readonly retryRefusedMs?: number;
  /**
   * Makes the client of one connection, for another OPC UA library or a test.
   * @defaultValue node-opcua-client, or node-opcua
   */
  readonly client?: (target: OpcuaTarget) => OpcuaClient | Promise<OpcuaClient>;
}

/**
 * Fills in what was left out.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for an option out of range or unknown.
 */
export function settleOpcuaOptions(
  options: OpcuaSourceOptions,
): WatchServerOptions & { readonly name: string } {
  requireKnown("opcuaSource", options, [
    "name",
    "endpointUrl",
    "tags",
    "mode",
    "samplingMs",
    "publishingMs",
    "queueSize",
    "discardOldest",
    "timestamps",
    "backfillMs",
    "timeoutMs",
    "silenceMs",
    "retryRefusedMs",
    "client",
    ...SECURITY_OPTIONS,
    ...RECONNECT_OPTIONS,
  ]);
  const { endpointUrl, tags, queueSize, client = nodeOpcuaClient } = options;
  const { mode = "subscribe", discardOldest = true, timestamps = "source" } = options;
  const { samplingMs = 1000, timeoutMs = 10_000, silenceMs = 15_000 } = options;
  const { publishingMs = samplingMs, backfillMs = 3_600_000, retryRefusedMs = 60_000 } = options;
  const host = hostOf(endpointUrl);
  const { name = `opcua ${host}` } = options;
  requirePositive(name, { samplingMs, publishingMs, timeoutMs, silenceMs, retryRefusedMs });
  const length = queueSize === undefined ? {} : { queueSize };
  requireCount(name, length);
  requireNotNegative(name, { backfillMs });
  requireOneOf(name, "mode", mode, ["subscribe", "poll"]);
  requireOneOf(name, "timestamps", timestamps, ["source", "server", "arrival"]);
  requireOpcuaTags(name, tags);
  const security = checkSecurity(name, options);
  return {
    name,
    target: { endpointUrl, mode, samplingMs, publishingMs, discardOldest, silenceMs, security },
    tags,
    ...length,
    timestamps,
    backfillMs,
    timeoutMs,
    retryRefusedMs,
    client,
  };
}

/** @throws GatewayError `CONFIG_INVALID` when it is no address of an OPC UA server. */
function hostOf(endpointUrl: string): string {
  const url = URL.canParse(endpointUrl) ? new URL(endpointUrl) : undefined;
  if (url?.protocol === "opc.tcp:" && url.hostname !== "") return url.host;
  throw new GatewayError(
    "CONFIG_INVALID",
    `opcuaSource: endpointUrl must look like opc.tcp://host:4840/path, got ${JSON.stringify(endpointUrl)}`,
  );
}
