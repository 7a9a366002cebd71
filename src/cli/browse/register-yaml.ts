import type { RegisterGuess } from "../../sources/modbus/browse/rank-guesses.ts";
import { holdsBits } from "../../sources/modbus/tags/modbus-table.ts";
import { bitsOf } from "./bit-lines.ts";
import type { BrowsedLine, BrowsedUnit } from "./browsed-line.ts";
import { rankedRuns } from "./register-lines.ts";
import { showPercent, showValue, textOrder } from "./show-guess.ts";
import { yamlFlow } from "./yaml-flow.ts";

/** The most probable reading as the `tags` of a source, and what is a text as its `texts`. */
export function registerYaml({ address, units }: BrowsedLine): readonly string[] {
  const tags = units.flatMap((unit) => unitTags(unit, units.length > 1));
  const list = (name: string, isText: boolean): readonly string[] => {
    const lines = tags.filter((tag) => tag.isText === isText).map(({ line }) => line);
    return lines.length === 0 ? [] : [`${name}:`, ...lines];
  };
  return [
    `# guessed from ${address} by wheeltapper browse: compare with the device, then give names, units and scales`,
    ...list("tags", false),
    ...list("texts", true),
  ];
}

interface YamlTag {
  readonly isText: boolean;
  readonly line: string;
}

function unitTags(unit: BrowsedUnit, many: boolean): readonly YamlTag[] {
  const { unitId } = unit;
  const prefix = many ? `unit${unitId}.` : "";
  const registers = rankedRuns(unit).flatMap(({ table, ranking }) =>
    ranking.best
      .filter(({ type }) => type !== "empty")
      .map((guess) => {
        const place = { unitId, table, address: guess.address };
        const name = `${prefix}${table}${guess.address}`;
        return { isText: guess.type === "text", line: tagLine({ name, ...place }, guess) };
      }),
  );
  const bits = unit.tables
    .filter(({ table }) => holdsBits(table))
    .flatMap(({ table, runs }) => runs.flatMap(bitsOf).map((bit) => ({ table, ...bit })))
    .filter(({ saysSomething }) => saysSomething)
    .map(({ table, address, looks }) => {
      const tag = { name: `${prefix}${table}${address}`, unitId, table, address, type: "bool" };
      return { isText: false, line: `  - ${yamlFlow(tag)} # ${looks.join(", ")}` };
    });
  return [...registers, ...bits];
}

function tagLine(
  place: object,
  { type, byteOrder, count, values, probability }: RegisterGuess,
): string {
  const tag =
    type === "text"
      ? { ...place, registers: count, byteOrder: textOrder(byteOrder) }
      : { ...place, type, ...((count > 1 || byteOrder !== "ABCD") && { byteOrder }) };
  const shown = showValue(values.at(-1));
  return `  - ${yamlFlow(tag)} # ${shown}, ${showPercent(probability)} sure`;
}
