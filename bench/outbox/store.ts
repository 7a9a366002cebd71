import type { AnomalyEvent } from "../../src/core/anomaly-event.ts";

/** What is compared: a durable queue in a file, whoever wrote it. */
export interface Store {
  /** Resolves once the events are on the disk, after fsync; one that is there already is not stored twice. */
  append(events: readonly AnomalyEvent[]): Promise<void>;
  /** Hands out the `limit` oldest and then forgets them, durably; returns how many there were. */
  drain(limit: number): Promise<number>;
  /** Bytes on the disk now. */
  sizeBytes(): number;
  close(): Promise<void>;
}

export type OpenStore = (path: string) => Store;
