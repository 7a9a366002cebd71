import type { Column, Values } from "../report/table.ts";

/** What a figure should be; the tables say whether it is. */
export interface Goal {
  /** The figure, e.g. `of ONNX Runtime alone`. */
  readonly what: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly below?: number;
}

export interface Result {
  /** What was run, e.g. the number of machines. */
  readonly setup: Readonly<Record<string, number | string>>;
  readonly columns: readonly Column[];
  /** Each with its `method`. */
  readonly rows: readonly Values[];
  readonly goals: readonly Goal[];
}

/** How a case is run. */
export interface Bench {
  /** Fewer rounds and shorter ones, to see whether everything works: the figures are rough. */
  readonly quick: boolean;
  progress(what: string): void;
}

export interface Case {
  readonly title: string;
  run(bench: Bench): Promise<Result>;
}

export function isMet({ value, atLeast, below }: Goal): boolean {
  return (atLeast === undefined || value >= atLeast) && (below === undefined || value < below);
}
