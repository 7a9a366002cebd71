import type { OpcuaSecurity } from "./opcua-security.ts";

/** A value as the server gave it. */
export interface OpcuaValue {
  /** OPC UA status code, 32 bit, 0 = Good. */
  readonly statusCode: number;
  /** Built-in type of a scalar, e.g. `Double`; absent for arrays and for no value at all. */
  readonly type?: string;
  /** A number for most types; `[high, low]` words for `Int64` and `UInt64`. */
  readonly value: unknown;
  /** Stamped where the value comes from, in epoch milliseconds. */
  readonly sourceTimeMs?: number;
  /** Stamped by the server. */
  readonly serverTimeMs?: number;
}

/** What a client tells while it is connected. */
export interface OpcuaListener {
  /** Anything at all arrived for the subscription: values, or a keep-alive that says there are none. */
  heard(): void;
  /** The link broke; the client tries to mend it without losing what the server has queued. */
  lost(cause: Error): void;
  /** The link is mended and monitoring goes on; unchanged values are not sent again. */
  mended(): void;
  /** Mending failed: the client is of no more use. */
  broken(cause: Error): void;
}

/**
 * The part of an OPC UA client that the source needs: one session with one subscription.
 *
 * The source calls `connect` once, then the others, and `close` in the end, also in the middle of the others.
 */
export interface OpcuaClient {
  /**
   * Rejects with a GatewayError: `SOURCE_REJECTED` when the server answered and refused, `SOURCE_UNREACHABLE` otherwise.
   * The source keeps its own time: what never settles is given up.
   *
   * @returns the longest time between two words from the server that the server agreed to
   */
  connect(listener: OpcuaListener): Promise<{ readonly keepAliveMs: number }>;
  /**
   * Begins to monitor nodes; the first value comes at once. `onValue` is told the index in `nodeIds`.
   *
   * @returns a status code for each node; a bad one is not monitored
   */
  monitor(
    nodeIds: readonly string[],
    onValue: (index: number, value: OpcuaValue) => void,
  ): Promise<readonly number[]>;
  /** The values as they stand now, in the order of `nodeIds`. */
  read(nodeIds: readonly string[]): Promise<readonly OpcuaValue[]>;
  /** Hangs up, politely if that is quick. Called once, never rejects. */
  close(): Promise<void>;
}

/** What a client is made for. */
export interface OpcuaTarget {
  readonly endpointUrl: string;
  readonly samplingMs: number;
  readonly publishingMs: number;
  /** Values of one node that the server keeps between two publishings. */
  readonly queueSize: number;
  /** Without any word for this long the link is taken for dead; keep-alives have to come clearly more often. */
  readonly silenceMs: number;
  readonly security: OpcuaSecurity;
}
