import type { Reading } from "../../core/reading.ts";
import type { RecordingFile } from "./recording-file.ts";
import type { RecordingLedger } from "./recording-ledger.ts";
import type { TraceFormat, TraceLine } from "./trace-format.ts";

/** Records the readings of one subscription after the other, behind their backs. */
export interface TraceRecorder {
  /** Never throws and never waits. */
  push(reading: Reading): void;
  /** Resolves once everything that can be written is on the disk; rejects with `FILE_UNWRITABLE`. */
  flush(): Promise<void>;
  /** A subscription has ended: writes all that is left, and lets go of the file until there is more. */
  rest(): void;
}

/** Readings that wait in memory at most, while the disk takes nothing. */
const MAX_WAITING = 100_000;

export function createTraceRecorder(
  format: TraceFormat,
  file: RecordingFile,
  ledger: RecordingLedger,
  flushMs: number,
): TraceRecorder {
  let lines: TraceLine[] = []; // ready to be written
  let waiting = 0; // readings that are neither written nor dropped, whether or not they are in lines yet
  let isScheduled = false;
  let work: Promise<void> = Promise.resolve();

  const settle = (readings: number): void => {
    waiting -= readings;
    ledger.addWaiting(-readings);
  };
  const writeLines = async (all: boolean): Promise<void> => {
    const taken = format.take(all);
    settle(taken.late);
    ledger.drop("late", taken.late);
    lines = lines.concat(taken.lines);
    try {
      while (lines.length > 0) {
        const count = await file.write(lines);
        const written = countReadings(lines.slice(0, count));
        lines = lines.slice(count);
        settle(written);
        ledger.wrote(written, file.path());
      }
    } catch (error) {
      ledger.failed(error);
      throw error;
    }
  };
  /** One write at a time, however long the disk takes. */
  const write = (all: boolean): Promise<void> => {
    const written = work.then(() => writeLines(all));
    work = written.catch(() => {});
    return written;
  };
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setTimeout(() => void tick(), flushMs).unref();
  };
  const tick = async (): Promise<void> => {
    await write(false).catch(() => {}); // the ledger has it, and the next one tries again
    isScheduled = false;
    if (waiting > 0) schedule();
  };

  return {
    push(reading) {
      if (waiting >= MAX_WAITING) return ledger.drop("unwritten", 1);
      if (!format.push(reading)) return ledger.drop("unfit", 1);
      waiting += 1;
      ledger.addWaiting(1);
      schedule();
    },
    flush: () => write(false),
    rest() {
      write(true).catch(() => {});
      work = work.then(() => file.rest()).catch((error: unknown) => ledger.failed(error));
    },
  };
}

function countReadings(lines: readonly TraceLine[]): number {
  return lines.reduce((sum, { readings }) => sum + readings, 0);
}
