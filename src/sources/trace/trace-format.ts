import type { Reading } from "../../core/reading.ts";

/** A piece of a recording that is written whole or not at all: one or more readings, with the line break. */
export interface TraceLine {
  readonly text: string;
  /** How many readings it holds. */
  readonly readings: number;
  /** Whether it does not fit behind the line before, so that a new file has to begin with it. */
  readonly beginsFile?: true;
}

/** Turns the readings of one subscription into the lines of its recording. */
export interface TraceFormat {
  /** What every file begins with, with the line break. */
  readonly header: string;
  /** Takes a reading; false when no file of this format can hold it. */
  push(reading: Reading): boolean;
  /**
   * Hands out the lines that can be written; `all` when nothing comes any more.
   *
   * @returns `late` counts readings that came when newer ones had been handed out already, so that they are in no line
   */
  take(all: boolean): { readonly lines: readonly TraceLine[]; readonly late: number };
}
