import { GatewayError } from "../../errors.ts";
import { requireCount, requireKnown, requirePositive } from "../../math/range-checks.ts";
import { RECONNECT_OPTIONS, type ReconnectOptions } from "../reconnect-options.ts";
import { reconnectingSource } from "../reconnecting-source.ts";
import type { Source } from "../source.ts";
import { nodeOpcuaClient } from "./node-opcua-client.ts";
import type { OpcuaClient, OpcuaTarget } from "./opcua-client.ts";
import { checkSecurity, type OpcuaSecurityOptions, SECURITY_OPTIONS } from "./opcua-security.ts";
import { type OpcuaTag, requireOpcuaTags } from "./opcua-tag.ts";
import { watchServer } from "./watch-server.ts";

export interface OpcuaSourceOptions extends ReconnectOptions, OpcuaSecurityOptions {
  /** @defaultValue `opcua <host>:<port>` */
  readonly name?: string;
  /** Address of the server, e.g. `opc.tcp://10.0.0.5:4840/path`. */
  readonly endpointUrl: string;
  readonly tags: readonly OpcuaTag[];
  /**
   * How often the server looks at a node; it may choose another time.
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
 * A server sends a value when it or its timestamp changes: a constant one may come only once, so the tags are
 * `reporting: "on-change"` unless they say otherwise. Status codes become `good`,
 * `uncertain` or `bad` and stay beside the reading as `statusCode` (0, plain Good, is left out). A node that the server does not know is bad
 * and disturbs no other. Loading node-opcua silences its logging to standard output for the whole process.
 *
 * Delivery: nothing is repeated and nothing is reordered; a value older than the tag's last one is dropped. After a break that the session outlives, what the server has
 * queued still comes, but for what was on the line at the moment it broke; after a longer one only the value as it stands.
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
    "queueSize",
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
  const { publishingMs = samplingMs } = options;
  const { queueSize = Math.max(10, Math.ceil(publishingMs / samplingMs)) } = options;
  const host = hostOf(endpointUrl);
  const { name = `opcua ${host}` } = options;
  requirePositive(name, { samplingMs, publishingMs, timeoutMs, silenceMs, retryRefusedMs });
  requireCount(name, { queueSize });
  requireOpcuaTags(name, tags);
  const target = {
    endpointUrl,
    samplingMs,
    publishingMs,
    queueSize,
    silenceMs,
    security: checkSecurity(name, options),
  };
  return reconnectingSource({
    ...options,
    name,
    tags: tags.map((tag) => ({ reporting: "on-change", ...tag })),
    expectMs: () => timeoutMs + publishingMs + silenceMs,
    connector: (clock) => () =>
      watchServer({ target, tags, timeoutMs, retryRefusedMs, client }, clock),
  });
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
