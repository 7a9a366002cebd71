import type { ExpressionTree, PairSign, PrefixSign } from "./expression-tree.ts";

/** Gives the number of a frame; of a condition 1 for yes and 0 for no; `NaN` where an unknown cell decides. */
export type Evaluate = (values: Float64Array, offset: number) => number;

const PREFIXES: Readonly<Record<PrefixSign, (of: number) => number>> = {
  not: (of) => 1 - of,
  "-": (of) => -of,
  abs: Math.abs,
};

const PAIRS: Readonly<Record<PairSign, (left: number, right: number) => number>> = {
  or: (left, right) => (left === 1 || right === 1 ? 1 : left + right),
  and: (left, right) => (left === 0 || right === 0 ? 0 : left * right),
  "<": (left, right) => compared(left, right, left < right),
  "<=": (left, right) => compared(left, right, left <= right),
  ">": (left, right) => compared(left, right, left > right),
  ">=": (left, right) => compared(left, right, left >= right),
  "==": (left, right) => compared(left, right, left === right),
  "!=": (left, right) => compared(left, right, left !== right),
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
};

/** Turns a tree into nested functions, so that no frame is looked at with anything but arithmetic. */
export function compileTree(tree: ExpressionTree): Evaluate {
  switch (tree.kind) {
    case "number":
      return () => tree.value;
    case "tag":
      return (values, offset) => values[offset + tree.place] as number;
    case "prefix": {
      const of = compileTree(tree.of);
      const apply = PREFIXES[tree.sign];
      return (values, offset) => apply(of(values, offset));
    }
    case "pair": {
      const left = compileTree(tree.left);
      const right = compileTree(tree.right);
      const apply = PAIRS[tree.sign];
      return (values, offset) => apply(left(values, offset), right(values, offset));
    }
  }
}

/** An infinite number is none that was measured: it comes from a division by zero, or stands for unknown. */
function compared(left: number, right: number, holds: boolean): number {
  if (!(Number.isFinite(left) && Number.isFinite(right))) return Number.NaN;
  return holds ? 1 : 0;
}
