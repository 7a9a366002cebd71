import { styleText } from "node:util";
import type { RegisterGuess, RunRanking } from "../../sources/modbus/browse/rank-guesses.ts";
import type { ModbusTable } from "../../sources/modbus/tags/modbus-table.ts";
import { columns } from "../columns.ts";
import { guessCells, guessInShort } from "./show-guess.ts";

/** Guesses that are less probable are not worth a word. */
const LEAST = 0.01;
const MOST_ALTERNATIVES = 2;
/** Below this, a line is dimmed. */
const UNSURE = 0.5;

/** Registers in a row and what they may be. */
export interface RankedRun {
  readonly table: ModbusTable;
  readonly ranking: RunRanking;
}

/** A table of the best guesses with their rivals; with `all`, of everything that may begin where they begin. */
export function guessLines(runs: readonly RankedRun[], all: boolean): readonly string[] {
  const rows = runs.flatMap((run) => (all ? everyRow(run) : bestRows(run)));
  if (rows.length === 0) return [];
  const [head = "", ...lines] = columns([
    ["address", "PLC", "type", "order", "sure", "first", "last", all ? "the same as" : "or else"],
    ...rows.map(({ cells }) => cells),
  ]);
  return [head, ...lines.map((text, at) => shaded(text, rows[at]?.probability ?? 1))];
}

interface Row {
  readonly cells: readonly string[];
  readonly probability: number;
}

function bestRows({ table, ranking: { best, at } }: RankedRun): readonly Row[] {
  return best
    .filter(({ type }) => type !== "empty")
    .map((guess) => {
      const others = alternatives(guess, at, false).map(guessInShort).join("; ");
      return { cells: [...guessCells(table, guess), others], probability: guess.probability };
    });
}

function everyRow({ table, ranking: { best, at } }: RankedRun): readonly Row[] {
  return best
    .flatMap((guess) => at(guess.address))
    .filter(({ type }) => type !== "empty")
    .map((guess) => {
      const same = guess.same.map(({ type }) => type).join(", ");
      return { cells: [...guessCells(table, guess), same], probability: guess.probability };
    });
}

/** What else may begin where a guess begins: the most probable ones, or all. */
export function alternatives(
  guess: RegisterGuess,
  at: RunRanking["at"],
  all: boolean,
): readonly RegisterGuess[] {
  const others = at(guess.address).filter(
    ({ type, byteOrder, count }) =>
      type !== guess.type || byteOrder !== guess.byteOrder || count !== guess.count,
  );
  if (all) return others;
  return others.filter(({ probability }) => probability >= LEAST).slice(0, MOST_ALTERNATIVES);
}

function shaded(text: string, probability: number): string {
  return probability < UNSURE ? styleText("dim", text, { stream: process.stdout }) : text;
}
