import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import { splitRuns } from "../row-run.ts";
import { describeStops } from "./describe-runs.ts";
import type { FoundRunning } from "./find-running.ts";
import { measureSettling, usualBand } from "./settle-time.ts";
import { parseTagExpression, type TagExpression } from "./tag-expression.ts";
import { measureLevels, SETTLING_SHARE, sampleTag, spreadRows } from "./tag-levels.ts";

/**
 * Makes a rule of an expression that somebody gave: measures in the training trace how long the machine takes to settle.
 *
 * @param values shape `[rows, tags]`, `periodMs` apart; `NaN` where nothing is known
 * @throws GatewayError `CONFIG_INVALID` for an expression that cannot be read, `TRAINING_DATA_INSUFFICIENT` when it never holds
 */
export function completeRunning(
  expression: string,
  values: Float64Array,
  tags: readonly Tag[],
  periodMs: number,
): FoundRunning {
  const names = tags.map(({ name }) => name);
  const condition = parseTagExpression(expression, names);
  const runs = splitRuns(markHolding(condition, values, tags.length));
  const on = runs.filter(({ isOn }) => isOn);
  if (on.length === 0) throw neverRuns(condition, values, names);
  const rows = spreadRows(on, SETTLING_SHARE);
  const bands = tags.map((_, tag) => usualBand(measureLevels(values, tags.length, tag, rows)));
  const settling = measureSettling({ values, tags, periodMs }, bands, runs);
  return {
    expression: condition.text,
    settleMs: settling.settleMs,
    why: `given; ${describeStops(runs)}; ${settling.why}`,
  };
}

/** A row that does not tell is as the one before, and off at first. */
function markHolding(condition: TagExpression, values: Float64Array, width: number): Uint8Array {
  let isOn = 0;
  return Uint8Array.from({ length: values.length / width }, (_, row) => {
    const holds = condition.holds(values, row * width);
    if (holds !== undefined) isOn = holds ? 1 : 0;
    return isOn;
  });
}

function neverRuns(
  { text, tags }: TagExpression,
  values: Float64Array,
  names: readonly string[],
): GatewayError {
  const ranges = tags.map((tag) => {
    const known = sampleTag(values, names.length, names.indexOf(tag));
    return known.length > 0 ? `${tag} is ${known[0]} to ${known.at(-1)}` : `${tag} is unknown`;
  });
  return new GatewayError(
    "TRAINING_DATA_INSUFFICIENT",
    `running: expected "${text}" to hold in some of the training trace, got none: ${ranges.join(", ")} there`,
    { hint: "Correct the limit, or train on a recording of the running machine." },
  );
}
