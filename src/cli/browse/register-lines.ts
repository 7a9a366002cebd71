import type { AddressRange } from "../../sources/modbus/browse/browse-find.ts";
import type { BrowsedTable } from "../../sources/modbus/browse/browse-unit.ts";
import type { RunRanking } from "../../sources/modbus/browse/rank-guesses.ts";
import { lineName } from "../../sources/modbus/modbus-failure.ts";
import { holdsBits } from "../../sources/modbus/tags/modbus-table.ts";
import { bitLines } from "./bit-lines.ts";
import type { BrowsedLine, BrowsedUnit } from "./browsed-line.ts";
import { guessLines, type RankedRun } from "./guess-lines.ts";
import { showPercent } from "./show-guess.ts";
import { showRanges } from "./show-ranges.ts";

/** An order that fewer values follow than this is not told without its rival. */
const CLEAR = 0.9;

/** What people see. */
export function registerLines(
  { line, units, failures }: BrowsedLine,
  all: boolean,
): readonly string[] {
  const advice = [
    "Compare with the device before you rely on a guess. A uint16 that can fall below zero is an int16.",
    "--all shows every reading, --yaml the tags.",
  ];
  return [
    ...units.flatMap((unit) => [
      `${lineName(line)}, unit ${unit.unitId}: ${unit.requests} requests`,
      ...orderLines(unit),
      ...unit.tables.flatMap((table) => ["", ...tableLines(table, unit, all)]),
      "",
    ]),
    ...[...failures].map(([unitId, { message }]) => `unit ${unitId} left out: ${message}`),
    ...(all ? [] : advice),
  ];
}

function orderLines({ ranking: { byteOrders, runs } }: BrowsedUnit): readonly string[] {
  if (runs.length === 0) return [];
  const ranked = Object.entries(byteOrders).toSorted(([, a], [, b]) => b - a);
  const share = ranked[0]?.[1] ?? 0;
  const shown = ranked.map(([order, chance]) => `${order} (${showPercent(chance)})`);
  const known = share > CLEAR ? shown[0] : `unclear, ${shown.slice(0, 2).join(" or ")}`;
  return [`byte order of most values: ${known}`];
}

function tableLines(table: BrowsedTable, unit: BrowsedUnit, all: boolean): readonly string[] {
  const { runs, missing, silent, skipped, refused } = table;
  if (refused) return [`${table.table}: not served`];
  const here = rankedRuns(unit).filter((run) => run.table === table.table);
  const spans = runs.map(spanOf);
  const parts: readonly (readonly [what: string, ranges: readonly AddressRange[]])[] = [
    ["always the same 0, FFFF, 7FFF or 8000", here.flatMap(emptiesOf)],
    ["not there", missing],
    ["no answer", silent],
    ["not asked for, see --max-requests", skipped],
  ];
  const notes = parts
    .filter(([, ranges]) => ranges.length > 0)
    .map(([what, ranges]) => `  ${what}: ${showRanges(ranges)}`);
  const head = `${table.table} ${spans.length === 0 ? "has nothing here" : showRanges(spans)}`;
  return [head, ...notes, ...(holdsBits(table.table) ? bitLines(runs) : guessLines(here, all))];
}

/** First and last address of a run. */
export function spanOf({ address, looks }: BrowsedTable["runs"][number]): AddressRange {
  return [address, address + (looks[0]?.length ?? 0) - 1];
}

function emptiesOf({ ranking: { best } }: RankedRun): readonly AddressRange[] {
  return best
    .filter(({ type }) => type === "empty")
    .map(({ address }) => [address, address] as const);
}

/** The runs of registers of a unit with their rankings. */
export function rankedRuns({ tables, ranking }: BrowsedUnit): readonly RankedRun[] {
  return tables
    .filter(({ table }) => !holdsBits(table))
    .flatMap(({ table, runs }) => runs.map(() => table))
    .map((table, at) => ({ table, ranking: ranking.runs[at] as RunRanking }));
}
