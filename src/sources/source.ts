import type { Observable } from "rxjs";
import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import type { GatewayError } from "../errors.ts";

/**
 * - `idle`: nobody is subscribed.
 * - `connecting`: the first attempt is under way.
 * - `online`: good or uncertain readings are arriving; never said for a mere open socket.
 * - `offline`: nothing arrives, `error` says why; the source keeps trying.
 * - `ended`: the trace is at its end, or the source gave up.
 */
export type SourceState = "idle" | "connecting" | "online" | "offline" | "ended";

/** What a source knows of its own health. */
export interface SourceStatus {
  readonly state: SourceState;
  /** When this state began, in epoch milliseconds. */
  readonly sinceMs: number;
  /** Why the source is offline or gave up. */
  readonly error?: GatewayError;
  /** Time until the next attempt, when one is planned. */
  readonly retryInMs?: number;
}

/** Where readings come from: a device, a server, or a recorded trace. */
export interface Source {
  /** For people, unique within a gateway, e.g. `modbus 10.0.0.5:502`. */
  readonly name: string;
  /** What it delivers; readings carry no other tag. */
  readonly tags: readonly Tag[];
  /** How often it reads its sampled tags, in milliseconds; absent where it does not know, as in a recording. */
  readonly periodMs?: number;
  /**
   * Cold: subscribing connects, unsubscribing disconnects, and every subscriber gets a connection of
   * its own. The times of one tag never run backwards.
   *
   * A lost device does not end the stream: the source says `offline`, gives each tag one `bad` reading, and
   * reconnects with back-off and jitter for as long as it is subscribed. It completes only when a
   * trace has ended, and fails only with a `GatewayError`: when `giveUpAfterMs` was asked for and
   * has passed, or when what it reads is wrong for good (a trace with text in a number column).
   *
   * Delivery: what the device served while it could not be reached is lost unless the protocol
   * keeps it; nothing is repeated.
   */
  readonly readings: Observable<Reading>;
  /** The newest status at once on subscribing, then every change; of the newest subscriber to `readings`. Never fails. */
  readonly status: Observable<SourceStatus>;
}
