import type { OpcuaSecurity } from "./security/opcua-security.ts";

/** A value as the server gave it. */
export interface OpcuaValue {
  /** OPC UA status code, 32 bit, 0 = Good. */
  readonly statusCode: number;
  /** Built-in type of the value or of each element, e.g. `Double`; absent for no value at all, and for matrices. */
  readonly type?: string | undefined;
  /** Whether the value is an array of one dimension. */
  readonly isArray?: boolean;
  /** A number for most types; `[high, low]` words for `Int64` and `UInt64`; an array or typed array of such. */
  readonly value: unknown;
  /** Stamped where the value comes from, in epoch milliseconds. */
  readonly sourceTimeMs?: number | undefined;
  /** Stamped by the server. */
  readonly serverTimeMs?: number | undefined;
  /** The server sent it again, after a break and after newer ones. */
  readonly isResent?: boolean;
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

/** A change that is too small to be reported: in the node's unit, or in percent of its engineering range. */
export type OpcuaDeadband = { readonly absolute: number } | { readonly percent: number };

/** A node to be monitored. */
export interface OpcuaNode {
  /** With the namespace as the number that it has now. */
  readonly nodeId: string;
  /** Values that the server keeps until the next publishing. */
  readonly queueSize: number;
  readonly deadband?: OpcuaDeadband;
}

/** What the server agreed to. */
export interface OpcuaAgreement {
  /** The longest time between two words from the server. */
  readonly keepAliveMs: number;
  /** How often it sends what it has seen. */
  readonly publishingMs: number;
}

/** What the server made of it. */
export interface MonitoredNode {
  /** A bad one is not monitored. */
  readonly statusCode: number;
  /** As the server does it; absent when the node is not monitored. */
  readonly samplingMs?: number;
  readonly queueSize?: number;
  /** Whether the server took the deadband, where there was one. */
  readonly hasDeadband?: boolean;
}

/** Takes what is reported of monitored nodes. */
export interface OpcuaValues {
  /** A value, with the index of its node. */
  add(index: number, value: OpcuaValue): void;
  /** What came together is complete. */
  flush(): void;
}

/** Part of what a server has stored of one node. */
export interface HistoryPage {
  readonly values: readonly OpcuaValue[];
  /** Where the next page begins, in the client's own terms; absent on the last one. */
  readonly cursor?: unknown;
}

/**
 * The part of an OPC UA client that the source needs: one session, and in subscribe mode one subscription.
 *
 * The source calls `connect` once, then the others, and `close` in the end, also in the middle of the others.
 */
export interface OpcuaClient {
  /**
   * Rejects with a GatewayError: `SOURCE_REJECTED` when the server answered and refused, `SOURCE_UNREACHABLE` otherwise.
   * The source keeps its own time: what never settles is given up.
   */
  connect(listener: OpcuaListener): Promise<OpcuaAgreement>;
  /** The URIs of the server's namespaces; the place of each is its number. */
  namespaces(): Promise<readonly string[]>;
  /** Begins to monitor nodes; the first value of each comes at once. */
  monitor(nodes: readonly OpcuaNode[], values: OpcuaValues): Promise<readonly MonitoredNode[]>;
  /** The values as they stand now, in the order of `nodeIds`. */
  read(nodeIds: readonly string[]): Promise<readonly OpcuaValue[]>;
  /**
   * A page of what the server has stored of a node between the two times, oldest first; `undefined` when it refuses, as servers do for most nodes.
   *
   * @param cursor of the page before
   */
  history(
    nodeId: string,
    fromMs: number,
    toMs: number,
    cursor?: unknown,
  ): Promise<HistoryPage | undefined>;
  /** Hangs up, politely if that is quick. Called once, never rejects. */
  close(): Promise<void>;
}

/** What a client is made for. */
export interface OpcuaTarget {
  readonly endpointUrl: string;
  /** `poll`: no subscription, the source reads. */
  readonly mode: "subscribe" | "poll";
  readonly samplingMs: number;
  readonly publishingMs: number;
  /** Which end of a full queue the server drops. */
  readonly discardOldest: boolean;
  /** Without any word for this long the link is taken for dead; keep-alives have to come clearly more often. */
  readonly silenceMs: number;
  readonly security: OpcuaSecurity;
}
