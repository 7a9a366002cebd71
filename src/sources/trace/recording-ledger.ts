import type { GatewayError } from "../../errors.ts";

/**
 * Why a reading is in no file:
 * - `unwritten`: the disk was full or gone for so long that there was no room in memory either.
 * - `late`: it came when CSV rows of a later time had been written.
 * - `unfit`: it had no time, or no tag of the source has that name.
 */
export type RecordingDrop = "unwritten" | "late" | "unfit";

/** What has become of the readings of a recorded source, over all subscriptions. */
export interface RecordingStats {
  /** The file that was written last; absent before there is one. */
  readonly file?: string;
  /** Readings on the disk. */
  readonly written: number;
  /** Readings in memory that will be written. */
  readonly waiting: number;
  readonly drops: Readonly<Record<RecordingDrop, number>>;
  /** Why the last write failed; absent once one succeeded. */
  readonly lastError?: GatewayError;
}

/** Where the recorders of one source write down what became of its readings. */
export interface RecordingLedger {
  addWaiting(readings: number): void;
  wrote(readings: number, file: string | undefined): void;
  drop(why: RecordingDrop, readings: number): void;
  failed(error: unknown): void;
  stats(): RecordingStats;
}

export function createRecordingLedger(): RecordingLedger {
  const drops: Record<RecordingDrop, number> = { unwritten: 0, late: 0, unfit: 0 };
  let written = 0;
  let waiting = 0;
  let file: string | undefined;
  let lastError: GatewayError | undefined;

  return {
    addWaiting(readings) {
      waiting += readings;
    },
    wrote(readings, path) {
      written += readings;
      file = path;
      lastError = undefined;
    },
    drop(why, readings) {
      drops[why] += readings;
    },
    failed(error) {
      if (lastError === undefined) {
        process.emitWarning(`${(error as GatewayError).message}; it is tried again and again`, {
          code: "WHEELTAPPER_RECORDING_FAILED",
        });
      }
      lastError = error as GatewayError;
    },
    stats: () => ({
      written,
      waiting,
      drops: { ...drops },
      ...(file !== undefined && { file }),
      ...(lastError !== undefined && { lastError }),
    }),
  };
}
