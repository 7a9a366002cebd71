import type { Reading } from "../core/reading.ts";
import { GatewayError } from "../errors.ts";

/** A stretch of time that people have called anomalous: from its first label to the one that ends it. */
export interface LabelledStretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What people said of the machine, as it changed in the course of a trace. */
export interface LabelTrack {
  /**
   * Takes the readings of the label column, and passes over all others.
   *
   * @throws GatewayError `TRACE_INVALID` for a label that is neither 0 nor 1
   */
  push(reading: Reading): void;
  /** The newest label at or before an instant; `undefined` before the first. */
  at(timeMs: number): 0 | 1 | undefined;
  /** What was labelled 1; a last stretch without an end goes on to the newest label. */
  stretches(): readonly LabelledStretch[];
}

/** Creates a track of a column of 0 and 1. It keeps the changes only, however long the trace is. */
export function createLabelTrack(column: string): LabelTrack {
  const changes: { readonly timeMs: number; readonly label: 0 | 1 }[] = [];
  let newestMs = Number.NEGATIVE_INFINITY;
  return {
    push({ tag, timeMs, value }) {
      if (tag !== column || timeMs < newestMs) return;
      if (value !== 0 && value !== 1) throw notALabel(column, timeMs, value);
      newestMs = timeMs;
      if (changes.at(-1)?.label !== value) changes.push({ timeMs, label: value });
    },
    at(timeMs) {
      let [from, to] = [0, changes.length];
      while (from < to) {
        const middle = (from + to) >> 1;
        if ((changes[middle]?.timeMs ?? Number.NaN) <= timeMs) from = middle + 1;
        else to = middle;
      }
      return changes[from - 1]?.label;
    },
    stretches: () =>
      changes.flatMap(({ timeMs, label }, place) =>
        label === 1 ? [{ fromMs: timeMs, toMs: changes[place + 1]?.timeMs ?? newestMs }] : [],
      ),
  };
}

function notALabel(column: string, timeMs: number, value: number): GatewayError {
  return new GatewayError(
    "TRACE_INVALID",
    `label column "${column}": expected 0 (normal) or 1 (anomalous), got ${value} at ${new Date(timeMs).toISOString()}`,
    { hint: "Write 0 or 1, or name another column with --label." },
  );
}
