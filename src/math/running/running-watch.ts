import type { RunningRule } from "../../core/model-card.ts";
import type { Tag } from "../../core/tag.ts";
import { slotFor } from "../grid.ts";
import { requireNotNegative, requirePositive } from "../range-checks.ts";
import { parseTagExpression } from "./tag-expression.ts";

/** Nothing known of the machine for longer than this, and it may have been off and on again meanwhile. */
const HOLD_MS = 60_000;
/** ... or in more rows than this, where they are further apart. */
const HOLD_ROWS = 3;

/** Follows on the time grid whether a machine runs, and since when. */
export interface RunningWatch {
  /**
   * @param slot number of the row on the grid; rises from call to call
   * @param values holds the row's cells from `offset` on
   */
  push(slot: number, values: Float64Array, offset: number): void;
  /**
   * Whether the machine has been as usual from this row on: all of that time running, and settled before. `undefined` where it is not
   * known whether the machine runs.
   */
  isSettledSince(slot: number): boolean | undefined;
  /** Forgets what was seen. */
  reset(): void;
}

/** @throws GatewayError `CONFIG_INVALID` for an expression that cannot be read, and a `settleMs` or `periodMs` that is none */
export function createRunningWatch(
  { expression, settleMs }: RunningRule,
  tags: readonly Tag[],
  periodMs: number,
): RunningWatch {
  requireNotNegative("running", { settleMs });
  requirePositive("running", { periodMs });
  const names = tags.map(({ name }) => name);
  const condition = parseTagExpression(expression, names);
  const settleRows = slotFor(settleMs, periodMs);
  const holdRows = Math.max(Math.floor(HOLD_MS / periodMs), HOLD_ROWS);
  let runs: boolean | undefined;
  let since = Number.NaN; // the first row that ran
  let known = Number.NaN; // the last row that told

  const reset = (): void => {
    runs = undefined;
  };
  return {
    push(slot, values, offset) {
      const now = condition.holds(values, offset);
      const untold = slot - known - (now === undefined ? 0 : 1);
      if (untold > holdRows) reset();
      if (now === undefined) return;
      if (now && runs !== true) since = slot;
      runs = now;
      known = slot;
    },
    isSettledSince: (slot) => runs && slot - since >= settleRows,
    reset,
  };
}
