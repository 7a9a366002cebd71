import type { Observable } from "rxjs";
import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import type { GatewayError } from "../errors.ts";

/**
 * - `idle`: nobody is subscribed.
 * - `connecting`: the first attempt is under way.
 * - `live`: every tag has a good or uncertain value that arrived within the expected time; never said for a mere open socket.
 * - `degraded`: values arrive, but not of every tag; `troubles` says which are missing and why.
 * - `silent`: no tag has a value, `error` says why; the source keeps trying.
 * - `failed`: it gave up, or what it reads is wrong for good; `error` says why, and `readings` has failed with it.
 * - `ended`: the trace is at its end.
 */
export type SourceState =
  | "idle"
  | "connecting"
  | "live"
  | "degraded"
  | "silent"
  | "failed"
  | "ended";

/** Tags that have no value for one reason. */
export interface SourceTrouble {
  /** What is in trouble, as people call it: `unit 7`, `tag pump1.flow`. */
  readonly part: string;
  /** Names of the tags that have no value for it. */
  readonly tags: readonly string[];
  readonly error: GatewayError;
  /** When it began, in epoch milliseconds. */
  readonly sinceMs: number;
}

/** What a source knows of its own health. */
export interface SourceStatus {
  readonly state: SourceState;
  /** When this state began, in epoch milliseconds. */
  readonly sinceMs: number;
  /** Why the source is silent or failed. */
  readonly error?: GatewayError;
  /** Time until the next attempt, when one is planned. */
  readonly retryInMs?: number;
  /** What has no value although something else has; empty unless the state is `degraded`. */
  readonly troubles: readonly SourceTrouble[];
  /** What the device says of itself in words, by name, such as its serial number; empty for most. */
  readonly texts: Readonly<Record<string, string>>;
}

/** What happened to the readings of a source, since it was made, over all subscriptions. */
export interface SourceCounters {
  /** Delivered. */
  readonly readings: number;
  /** Of them, those without a value. */
  readonly bad: number;
  /** Of them, those that came after a newer one of their tag. */
  readonly late: number;
  /** Left out because the same time, value and quality had just been delivered. */
  readonly duplicates: number;
  /** How often the clock behind a tag was set back; see {@link Source.readings}. */
  readonly clockJumps: number;
  /** How often the device said that it had lost samples because its queue was full. */
  readonly overflows: number;
  /** Polls left out because the one before took too long. */
  readonly skippedPolls: number;
  /** Connections lost. */
  readonly losses: number;
}

/** Where readings come from: a device, a server, or a recorded trace. */
export interface Source {
  /** For people, unique within a gateway, e.g. `modbus 10.0.0.5:502`. */
  readonly name: string;
  /** What it delivers; readings carry no other tag. */
  readonly tags: readonly Tag[];
  /**
   * Cold: subscribing connects, unsubscribing disconnects, and every subscriber gets a connection of
   * its own. The times of one tag never run backwards, but for readings that are marked `late`.
   *
   * A lost device does not end the stream: the source says `silent`, gives each tag one `bad` reading, and
   * reconnects with back-off and jitter for as long as it is subscribed. What is lost alone (a unit on a
   * line, a node of a server) makes its own tags bad and the source `degraded`. It completes only when a
   * trace has ended, and fails only with a `GatewayError`: when `giveUpAfterMs` was asked for and
   * has passed, or when what it reads is wrong for good (a trace with text in a number column).
   *
   * When the clock of a device is set back, its readings would all be late until that clock has caught up. From the third
   * such reading of a tag in a row, they are stamped on from the arrival of that one instead, and `clockJumps` counts it. Only where
   * the time before was more than a minute ahead of this machine's clock, the new one is believed, and times do run backwards once.
   *
   * Delivery: what the device served while it could not be reached is lost unless the protocol
   * keeps it; nothing is repeated.
   */
  readonly readings: Observable<Reading>;
  /** The newest status at once on subscribing, then every change; of the newest subscriber to `readings`. Never fails. */
  readonly status: Observable<SourceStatus>;
  /** As it stands now; absent where nobody counts. */
  readonly counters?: () => SourceCounters;
  /**
   * Makes `readings` wait, between two turns of the event loop, until this has resolved. Only where that loses nothing: a recording can wait, a
   * device cannot.
   */
  readonly hold?: (until: Promise<unknown>) => void;
}
