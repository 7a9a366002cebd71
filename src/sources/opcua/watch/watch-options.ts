import type { Subject } from "rxjs";
import type { OpcuaClient, OpcuaTarget } from "../opcua-client.ts";
import type { OpcuaTag } from "../opcua-tag.ts";
import type { ArraySpacing } from "./array-spacing.ts";
import type { GapFinder } from "./gap-finder.ts";
import type { OpcuaTimestamps } from "./to-reading.ts";

export interface WatchServerOptions {
  readonly target: OpcuaTarget;
  readonly tags: readonly OpcuaTag[];
  /** Left out: as many as fit into one publishing. */
  readonly queueSize?: number;
  readonly timestamps: OpcuaTimestamps;
  /** How far back history is read after a gap; 0 for not at all. */
  readonly backfillMs: number;
  readonly timeoutMs: number;
  readonly retryRefusedMs: number;
  readonly client: (target: OpcuaTarget) => OpcuaClient | Promise<OpcuaClient>;
}

/** What is known of one subscriber's time over all sessions. */
export interface WatchMemory {
  readonly clock: () => number;
  readonly gaps: GapFinder;
  readonly arrays: ArraySpacing;
}

/** What the client tells by itself. */
export interface LinkEvents {
  readonly heard: Subject<void>;
  readonly lost: Subject<Error>;
  readonly mended: Subject<void>;
  readonly broken: Subject<Error>;
}

const NODES_PER_REQUEST = 100;

/** So many requests are allowed for, when the time is reckoned that all of them may take; servers often take no more nodes in one. */
export function requestsFor(nodes: number): number {
  return Math.max(1, Math.ceil(nodes / NODES_PER_REQUEST));
}
