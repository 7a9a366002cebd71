import type { RegisterGuess } from "../../sources/modbus/browse/rank-guesses.ts";
import { holdsBits } from "../../sources/modbus/tags/modbus-table.ts";
import { bitsOf } from "./bit-lines.ts";
import type { BrowsedLine, BrowsedUnit } from "./browsed-line.ts";
import { alternatives } from "./guess-lines.ts";
import { rankedRuns, spanOf } from "./register-lines.ts";

/** What `--json` prints. */
export function registerFacts({ address, units, failures }: BrowsedLine, all: boolean): object {
  return {
    kind: "modbus",
    address,
    units: units.map((unit) => unitFacts(unit, all)),
    failures: [...failures].map(([unitId, { code, message, hint }]) => ({
      unitId,
      code,
      message,
      hint,
    })),
  };
}

function unitFacts(unit: BrowsedUnit, all: boolean): object {
  const { unitId, requests, tables, ranking } = unit;
  const runs = rankedRuns(unit);
  return {
    unitId,
    requests,
    byteOrders: ranking.byteOrders,
    tables: tables.map(({ table, runs: read, missing, silent, skipped, refused }) => ({
      table,
      read: read.map(spanOf),
      missing,
      silent,
      skipped,
      ...(refused && { refused: refused.message }),
      ...(holdsBits(table)
        ? { bits: read.flatMap(bitsOf).map(({ address, looks }) => ({ address, looks })) }
        : {
            values: runs
              .filter((run) => run.table === table)
              .flatMap(({ ranking: { best, at } }) =>
                best.map((guess) => ({
                  ...facts(guess),
                  or: alternatives(guess, at, all).map(facts),
                })),
              ),
          }),
    })),
  };
}

/** JSON knows neither NaN nor the infinities: they are texts. */
function facts({ values, ...guess }: RegisterGuess): object {
  return {
    ...guess,
    values: values.map((value) =>
      typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
    ),
  };
}
