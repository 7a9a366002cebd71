import type { Reading } from "../core/reading.ts";
import type { GatewayError } from "../errors.ts";
import type { Trouble } from "./trouble-list.ts";

/** What a connection tells; see {@link ReconnectingSourceOptions.connect}. */
export type SourceUpdate =
  /** `trouble`: why the bad ones among them are bad. */
  | { readonly readings: readonly Reading[]; readonly trouble?: Trouble }
  /** Tags that have no value, and the device gave no time for that. */
  | { readonly blank: readonly string[]; readonly statusCode?: number; readonly trouble: Trouble }
  /** The link broke and the connection is mending it by itself: every tag is unknown until it is read again. */
  | { readonly lost: GatewayError }
  /** What the device says of itself in words, by name; added to what it said before. */
  | { readonly texts: Readonly<Record<string, string>> }
  /** To be counted. */
  | { readonly count: "overflows" | "skippedPolls" };
