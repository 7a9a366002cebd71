import { InvalidArgumentError } from "commander";
import { type ModbusTable, modbusTables } from "../../sources/modbus/tags/modbus-table.ts";

/** What a small gateway has the memory for, and a device the patience. */
const MOST_ADDRESSES = 10_000;

/** Reads `0-99` or `17` as first and last address. */
export function parseRange(text: string): readonly [first: number, last: number] {
  const range = rangeUpTo(65_535, "addresses such as 0-99", text);
  if (range[1] - range[0] < MOST_ADDRESSES) return range;
  throw new InvalidArgumentError(`Expected ${MOST_ADDRESSES} addresses at most, got ${text}.`);
}

/** Reads `1`, `1-10` or `1-10,17` as unit ids. */
export function parseUnits(text: string): readonly number[] {
  const units = text.split(",").flatMap((part) => {
    const [first, last] = rangeUpTo(255, "unit ids such as 1 or 1-10,17", part);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return [...new Set(units)];
}

/** Reads names of tables with commas between them. */
export function parseTables(text: string): readonly ModbusTable[] {
  return text.split(",").map((name) => {
    const table = modbusTables.find((known) => known === name.trim());
    if (table) return table;
    throw new InvalidArgumentError(`Expected ${modbusTables.join(", ")}, got ${name}.`);
  });
}

function rangeUpTo(highest: number, what: string, text: string): readonly [number, number] {
  const [, first = "", last = first] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(text) ?? [];
  const range = [Number(first), Number(last)] as const;
  if (first !== "" && range[0] <= range[1] && range[1] <= highest) return range;
  throw new InvalidArgumentError(`Expected ${what}, ${highest} at most, got ${text}.`);
}
