import { GatewayError } from "../../errors.ts";
import {
  requireCount,
  requireKnown,
  requireNotNegative,
  requirePositive,
} from "../../math/range-checks.ts";
import { RECONNECT_OPTIONS, type ReconnectOptions } from "../reconnect-options.ts";
import { reconnectingSource } from "../reconnecting-source.ts";
import type { Source } from "../source.ts";
import { arraySpacing } from "./array-spacing.ts";
import { gapFinder } from "./gap-finder.ts";
import { nodeOpcuaClient } from "./node-opcua-client.ts";
import type { OpcuaClient, OpcuaTarget } from "./opcua-client.ts";
import { checkSecurity, type OpcuaSecurityOptions, SECURITY_OPTIONS } from "./opcua-security.ts";
import { type OpcuaTag, requireOpcuaTags } from "./opcua-tag.ts";
import type { OpcuaTimestamps } from "./to-reading.ts";
import { watchServer } from "./watch-server.ts";

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
 * Subscribes to nodes of an OPC UA server, anonymously and without encryption unless asked for more; no server is trusted by itself.
 *
 * A server sends a value when it or its timestamp changes, and a poll finds the same one again: a constant one may come only once, so the tags are
 * `reporting: "on-change"` unless they say otherwise, or are polled and stamped on arrival. Status codes become `good`,
 * `uncertain` or `bad` and stay beside the reading as `statusCode` (0, plain Good, is left out). A node that the server does not know is bad
 * and disturbs no other. Loading node-opcua silences its logging to standard output for the whole process.
 *
 * Delivery: nothing is repeated; a value older than the tag's last one is `late`. After a break that the session outlives, what the server has
 * queued still comes, but for what was on the line at the moment it broke; after a longer one the value as it stands, and then, as late, what
 * the server has stored (HistoryRead), if it stores anything.
 *
 * @throws GatewayError `CONFIG_INVALID` for an option out of range.
 */
export function opcuaSource(options: OpcuaSourceOptions): Source {
  requireKnown("opcuaSource", options, [
    "name",
    "endpointUrl",
    "tags",
    "samplingMs",
    "publishingMs",
    "mode",
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
  const { endpointUrl, tags, client = nodeOpcuaClient } = options;
  const {
    samplingMs = 1000,
    timeoutMs = 10_000,
    silenceMs = 15_000,
    retryRefusedMs = 60_000,
  } = options;
  const { mode = "subscribe", discardOldest = true, timestamps = "source" } = options;
  const { publishingMs = samplingMs, backfillMs = 3_600_000 } = options;
  const { queueSize = Math.max(10, Math.ceil(publishingMs / samplingMs)) } = options;
  const host = hostOf(endpointUrl);
  const { name = `opcua ${host}` } = options;
  requirePositive(name, { samplingMs, publishingMs, timeoutMs, silenceMs, retryRefusedMs });
  requireCount(name, { queueSize });
  requireNotNegative(name, { backfillMs });
  requireOneOf(name, "mode", mode, ["subscribe", "poll"]);
  requireOneOf(name, "timestamps", timestamps, ["source", "server", "arrival"]);
  requireOpcuaTags(name, tags);
  const target: OpcuaTarget = {
    endpointUrl,
    mode,
    samplingMs,
    publishingMs,
    queueSize,
    discardOldest,
    silenceMs,
    security: checkSecurity(name, options),
  };
  return reconnectingSource({
    ...options,
    name,
    // What was read twice with one and the same stamp is one reading.
    tags: tags.map((tag) => ({
      reporting: mode === "poll" && timestamps === "arrival" ? "sampled" : "on-change",
      ...tag,
      periodMs: samplingMs,
    })),
    expectMs: () => 3 * samplingMs + publishingMs + timeoutMs + silenceMs,
    connector: (clock) => {
      const memory = { clock, gaps: gapFinder(samplingMs), arrays: arraySpacing(samplingMs) };
      const watch = { target, tags, timestamps, backfillMs, timeoutMs, retryRefusedMs, client };
      return () => watchServer(watch, memory);
    },
  });
}

function requireOneOf(
  owner: string,
  option: string,
  value: string,
  choices: readonly string[],
): void {
  if (choices.includes(value)) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `${owner}: ${option} must be one of ${choices.join(", ")}, got ${value}`,
  );
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
