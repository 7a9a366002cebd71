import { type DeviceHabit, type RegisterKind, registerKinds } from "./rank-kinds.ts";
import { logSum2 } from "./rank-series.ts";

/** Registers in a row, and what each held, look by look. */
export interface RegisterRun {
  /** Of the first register. */
  readonly address: number;
  readonly looks: readonly ArrayLike<number>[];
}

/** A possible reading of some registers of a run. */
export interface Cell {
  /** Index of the first register in the run. */
  readonly index: number;
  readonly count: number;
  readonly kind: RegisterKind;
  /** Index among `registerKinds`. */
  readonly kindIndex: number;
  /** Binary logarithm of the probability that the registers hold what they do, if they are of this kind. */
  readonly logFit: number;
}

/** All possible readings of all registers, by the index of their first one. */
export type CellTable = readonly (readonly Cell[])[];

/** Share of values that are followed by another of their kind because devices group them. */
const SAME_AGAIN = 0.5;
const LOG_AGAIN = Math.log2(SAME_AGAIN);
const LOG_OTHER = Math.log2(1 - SAME_AGAIN);
const IMPOSSIBLE = Number.NEGATIVE_INFINITY;

export function cellsOf({ looks }: RegisterRun): CellTable {
  const length = looks[0]?.length ?? 0;
  return Array.from({ length }, (_, index) =>
    registerKinds.flatMap((kind, kindIndex) => {
      const [least, most] = kind.counts;
      const cells: Cell[] = [];
      for (let count = least; count <= Math.min(most, length - index); count += 1) {
        const logFit = -kind.bits(looks, index, count);
        if (logFit > IMPOSSIBLE) cells.push({ index, count, kind, kindIndex, logFit });
      }
      return cells;
    }),
  );
}

/** What a device of one habit would have in a run. */
export interface ChainResult {
  /** Binary logarithm of the probability of what was read. */
  readonly logEvidence: number;
  /** How probable it is that a cell is part of the true reading, in the order of `cellsOf`. */
  readonly probabilities: readonly Float64Array[];
}

/**
 * Weighs all ways to cut a run into cells against each other: a cell is probable when it is part of probable ways.
 *
 * This is the forward-backward algorithm for a Markov chain whose states last for several registers. Cost: registers times kinds.
 */
export function weighCells(cells: CellTable, habit: DeviceHabit): ChainResult {
  const logChance = registerKinds.map((kind) => Math.log2(kind.chance(habit)));
  const before = weighBefore(cells, logChance);
  const after = weighAfter(cells, logChance);
  const logEvidence = after.total;
  const probabilities = cells.map((here, index) =>
    Float64Array.from(
      here,
      ({ kindIndex, count, logFit }) =>
        2 ** (before(index, kindIndex) + logFit + after.of(index + count, kindIndex) - logEvidence),
    ),
  );
  return { logEvidence, probabilities };
}

/** The weight of everything on one side of a place and next to it a cell of a kind, as a binary logarithm. */
type Side = (index: number, kindIndex: number) => number;

/** All that can come before a cell of a kind that begins at `index`, with the step to it. */
function weighBefore(cells: CellTable, logChance: readonly number[]): Side {
  const ending = weights(cells);
  const total = new Float64Array(cells.length + 1).fill(IMPOSSIBLE);
  const before: Side = (index, kind) => {
    const chance = logChance[kind] as number;
    if (index === 0) return chance;
    const same = ending.get(index, kind) + LOG_AGAIN;
    return logSum2(same, (total[index] as number) + LOG_OTHER + chance);
  };
  for (const [index, here] of cells.entries()) {
    for (const { kindIndex, count, logFit } of here) {
      const weight = before(index, kindIndex) + logFit;
      const end = index + count;
      ending.add(end, kindIndex, weight);
      total[end] = logSum2(total[end] as number, weight);
    }
  }
  return before;
}

/** All that can come after a cell of a kind that ends before `index`; `total` is all that there can be. */
function weighAfter(
  cells: CellTable,
  logChance: readonly number[],
): { readonly of: Side; readonly total: number } {
  const beginning = weights(cells);
  const others = new Float64Array(cells.length + 1).fill(IMPOSSIBLE);
  const of: Side = (index, kind) =>
    index === cells.length
      ? 0
      : logSum2(beginning.get(index, kind) + LOG_AGAIN, (others[index] as number) + LOG_OTHER);
  for (let index = cells.length - 1; index >= 0; index -= 1) {
    for (const { kindIndex, count, logFit } of cells[index] as readonly Cell[]) {
      const rest = logFit + of(index + count, kindIndex);
      beginning.add(index, kindIndex, rest);
      others[index] = logSum2(others[index] as number, (logChance[kindIndex] as number) + rest);
    }
  }
  return { of, total: cells.length === 0 ? 0 : (others[0] as number) };
}

/** A number for each place and kind, as a binary logarithm. */
function weights(cells: CellTable) {
  const kinds = registerKinds.length;
  const table = new Float64Array((cells.length + 1) * kinds).fill(IMPOSSIBLE);
  return {
    get: (index: number, kind: number): number => table[index * kinds + kind] as number,
    add(index: number, kind: number, weight: number): void {
      const at = index * kinds + kind;
      table[at] = logSum2(table[at] as number, weight);
    },
  };
}
