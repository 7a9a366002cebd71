import type { Bench } from "./case.ts";

/** By name: runs once, and says how fast that was or what it cost. */
export type Rivals = Readonly<Record<string, () => Promise<number>>>;

/** By name: a figure of each round. */
export type Figures = Readonly<Record<string, readonly number[]>>;

/**
 * Runs rivals in turn, round after round, so that what slows the machine down for a while slows them all. Every round begins with another one;
 * the first round warms up and is left out. Run with `--expose-gc`, so that nobody's time goes into what a rival has left behind.
 */
export async function takeTurns(
  rivals: Rivals,
  rounds: number,
  { progress }: Pick<Bench, "progress">,
): Promise<Figures> {
  const names = Object.keys(rivals);
  const figures: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    progress(round === 0 ? "warming up" : `round ${round} of ${rounds}`);
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      globalThis.gc?.();
      const figure = (await rivals[name]?.()) ?? Number.NaN;
      if (round > 0) figures[name]?.push(figure);
    }
  }
  return figures;
}

/** The median of the ratios that two rivals had round by round: each was measured under the same load. */
export function medianRatio(figures: Figures, ours: string, theirs: string): number {
  const rival = figures[theirs] ?? [];
  return median(
    (figures[ours] ?? []).map((figure, round) => figure / (rival[round] ?? Number.NaN)),
  );
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The smallest value that at least this share of all is not above; `NaN` of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const place = Math.max(0, Math.ceil(share * values.length) - 1);
  return values.toSorted((a, b) => a - b)[place] ?? Number.NaN;
}
