import { quoteName } from "./expression-token.ts";

/** An expression once it is read. */
export type ExpressionTree =
  | { readonly kind: "number"; readonly value: number }
  /** `place` is its column in the frame. */
  | { readonly kind: "tag"; readonly name: string; readonly place: number }
  | { readonly kind: "prefix"; readonly sign: PrefixSign; readonly of: ExpressionTree }
  | {
      readonly kind: "pair";
      readonly sign: PairSign;
      readonly left: ExpressionTree;
      readonly right: ExpressionTree;
    };

export type PrefixSign = "not" | "-" | "abs";
export type PairSign = keyof typeof PAIR_STRENGTH;

/** How strongly a sign binds what stands on both sides of it. */
export const PAIR_STRENGTH = {
  or: 1,
  and: 2,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "==": 4,
  "!=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
} as const;

export const COMPARISON_STRENGTH = 4;

export const PREFIX_STRENGTH: Readonly<Record<PrefixSign, number>> = { not: 3, "-": 7, abs: 8 };

/** Whether a tree says yes or no; otherwise it is a number. */
export function isCondition(tree: ExpressionTree): boolean {
  if (tree.kind === "pair") return PAIR_STRENGTH[tree.sign] <= COMPARISON_STRENGTH;
  return tree.kind === "prefix" && tree.sign === "not";
}

/** Writes a tree with one blank around the signs and no more parentheses than it needs; reading that gives the tree again. */
export function printTree(tree: ExpressionTree): string {
  switch (tree.kind) {
    case "number":
      return String(tree.value);
    case "tag":
      return quoteName(tree.name);
    case "prefix": {
      if (tree.sign === "abs") return `abs(${printTree(tree.of)})`;
      const of = printWithin(tree.of, PREFIX_STRENGTH[tree.sign]);
      return tree.sign === "not" ? `not ${of}` : `-${of}`;
    }
    case "pair": {
      const strength = PAIR_STRENGTH[tree.sign];
      const isChained = strength !== COMPARISON_STRENGTH;
      const left = printWithin(tree.left, isChained ? strength : strength + 1);
      return `${left} ${tree.sign} ${printWithin(tree.right, strength + 1)}`;
    }
  }
}

function printWithin(tree: ExpressionTree, strength: number): string {
  const text = printTree(tree);
  return strengthOf(tree) < strength ? `(${text})` : text;
}

function strengthOf(tree: ExpressionTree): number {
  if (tree.kind === "pair") return PAIR_STRENGTH[tree.sign];
  return tree.kind === "prefix" ? PREFIX_STRENGTH[tree.sign] : Number.POSITIVE_INFINITY;
}
