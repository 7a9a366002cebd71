import type { RunningRule, TrainingChoice } from "../../core/model-card.ts";
import type { Tag } from "../../core/tag.ts";
import { findRunning } from "../../math/running/find-running.ts";
import { completeRunning } from "../../math/running/given-running.ts";
import { runningRows } from "../../math/running/running-gate.ts";
import type { TrainingSettings } from "../training-options.ts";
import type { FrameTable } from "./frame-table.ts";

export interface UsableRows {
  readonly running: RunningRule | undefined;
  /** Shape `[rows]`: 1 where every tag is known and the machine runs. */
  readonly usable: Uint8Array;
  readonly choices: readonly TrainingChoice[];
}

/** Sorts out the rows that say nothing of normal operation: with an unknown cell, or with the machine off or starting. */
export function findStoppedRows(
  { values, periodMs, timesMs }: FrameTable,
  tags: readonly Tag[],
  { running: asked }: TrainingSettings,
): UsableRows {
  const known = knownRows(values, timesMs.length);
  if (asked === false) return { running: undefined, usable: known, choices: [] };
  const found =
    asked === undefined
      ? findRunning(values, tags, periodMs)
      : completeRunning(asked, values, tags, periodMs);
  if (found === undefined) {
    const reason = "no stretch was found in which the machine is off";
    const choices = [{ setting: "running", value: "always", reason }];
    return { running: undefined, usable: known, choices };
  }
  const { expression, settleMs, why } = found;
  const running = { expression, settleMs };
  const runs = runningRows(running, tags, values, periodMs);
  return {
    running,
    usable: known.map((isKnown, row) => (isKnown === 1 && runs[row] === 1 ? 1 : 0)),
    choices: [{ setting: "running", value: expression, reason: why }],
  };
}

function knownRows(values: Float64Array, rows: number): Uint8Array {
  const tags = values.length / rows;
  return Uint8Array.from({ length: rows }, (_, row) => {
    const cells = values.subarray(row * tags, (row + 1) * tags);
    return cells.every((value) => !Number.isNaN(value)) ? 1 : 0;
  });
}
