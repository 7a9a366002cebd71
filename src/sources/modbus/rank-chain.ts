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
  /** Binary logarithm of the probability that the registers hold what they do, if they are of this kind. */
  readonly logFit: number;
}

/** Share of values that are followed by another of their kind because devices group them. */
const SAME_AGAIN = 0.5;

/** All possible readings of all registers, by the index of their first one. */
export function cellsOf({ looks }: RegisterRun): readonly (readonly Cell[])[] {
  const length = looks[0]?.length ?? 0;
  return Array.from({ length }, (_, index) =>
    registerKinds.flatMap((kind) => {
      const [least, most] = kind.counts;
      const cells: Cell[] = [];
      for (let count = least; count <= Math.min(most, length - index); count += 1) {
        const logFit = -kind.bits(looks, index, count);
        if (logFit > Number.NEGATIVE_INFINITY) cells.push({ index, count, kind, logFit });
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
  readonly probabilities: readonly (readonly number[])[];
}

/**
 * Weighs all ways to cut a run into cells against each other: a cell is probable when it is part of probable ways.
 *
 * This is the forward-backward algorithm for a Markov chain whose states last for several registers. Cost: registers times kinds.
 */
export function weighCells(cells: readonly (readonly Cell[])[], habit: DeviceHabit): ChainResult {
  const length = cells.length;
  const logChance = new Map(registerKinds.map((kind) => [kind, Math.log2(kind.chance(habit))]));
  const chanceOf = (kind: RegisterKind): number => logChance.get(kind) as number;
  const ahead = weighAhead(cells, chanceOf);

  const behind = table(length);
  const behindTotal = new Float64Array(length + 1);
  for (let index = length - 1; index >= 0; index -= 1) {
    let any = Number.NEGATIVE_INFINITY;
    const again = new Map<RegisterKind, number>();
    for (const { kind, count, logFit } of cells[index] as readonly Cell[]) {
      const rest = logFit + restOf(behind, behindTotal, index + count, kind);
      any = logSum2(any, chanceOf(kind) + rest);
      again.set(kind, logSum2(again.get(kind) ?? Number.NEGATIVE_INFINITY, rest));
    }
    behindTotal[index] = any + Math.log2(1 - SAME_AGAIN);
    for (const [kind, rest] of again) {
      (behind[index] as Weights).set(kind, rest + Math.log2(SAME_AGAIN));
    }
  }
  const logEvidence = length === 0 ? 0 : (ahead.total[length] as number);
  const probabilities = cells.map((here, index) =>
    here.map(({ kind, count, logFit }) => {
      const before = ahead.enter(index, kind);
      return (
        2 ** (before + logFit + restOf(behind, behindTotal, index + count, kind) - logEvidence)
      );
    }),
  );
  return { logEvidence, probabilities };
}

type Weights = Map<RegisterKind, number>;

function table(length: number): readonly Weights[] {
  return Array.from({ length: length + 1 }, () => new Map<RegisterKind, number>());
}

/** All that can follow a cell of a kind that ends before `index`. */
function restOf(
  behind: readonly Weights[],
  total: Float64Array,
  index: number,
  kind: RegisterKind,
): number {
  if (index === behind.length - 1) return 0;
  return logSum2(behind[index]?.get(kind) ?? Number.NEGATIVE_INFINITY, total[index] as number);
}

function weighAhead(cells: readonly (readonly Cell[])[], chanceOf: (kind: RegisterKind) => number) {
  const length = cells.length;
  const ending = table(length);
  const total = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
  /** All that can come before a cell of a kind that begins at `index`, with the step to it. */
  const enter = (index: number, kind: RegisterKind): number => {
    if (index === 0) return chanceOf(kind);
    const same = ending[index]?.get(kind) ?? Number.NEGATIVE_INFINITY;
    return logSum2(
      same + Math.log2(SAME_AGAIN),
      (total[index] as number) + Math.log2(1 - SAME_AGAIN) + chanceOf(kind),
    );
  };
  for (let index = 0; index < length; index += 1) {
    for (const { kind, count, logFit } of cells[index] as readonly Cell[]) {
      const weight = enter(index, kind) + logFit;
      const end = index + count;
      const ends = ending[end] as Weights;
      ends.set(kind, logSum2(ends.get(kind) ?? Number.NEGATIVE_INFINITY, weight));
      total[end] = logSum2(total[end] as number, weight);
    }
  }
  return { enter, total };
}
