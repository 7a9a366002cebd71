import { compileTree } from "./compile-tree.ts";
import { expressionFlaw } from "./expression-flaw.ts";
import { type ExpressionTree, printTree } from "./expression-tree.ts";
import { parseTree } from "./parse-tree.ts";

/** A condition on the tags of a machine, as `speed > 100 and not "valve open"`. */
export interface TagExpression {
  /** As it is kept: with words for signs and the parentheses it needs. Means the same when it is read again. */
  readonly text: string;
  /** The tags it looks at, in order of appearance. */
  readonly tags: readonly string[];
  /**
   * Whether the frame that starts at `values[offset]` fulfils it; `undefined` where that hangs on a cell that is not known. A cell that
   * decides nothing may be unknown: `speed > 100 or temperature > 40` holds at a speed of 200 whatever the temperature is.
   *
   * @param values frames, row-major, in the order of the tags the expression was read for
   */
  holds(values: Float64Array, offset: number): boolean | undefined;
}

/**
 * Reads a condition on tags. The language is a small one of its own: nothing of the text is ever run as code.
 *
 * @param tagNames the tags of a frame, in its order
 * @throws GatewayError `CONFIG_INVALID` with the place of the mistake, and the nearest names for a tag that is not there
 */
export function parseTagExpression(text: string, tagNames: readonly string[]): TagExpression {
  const tree = parseTree(text, tagNames);
  const tags = [...new Set(namesIn(tree))];
  if (tags.length === 0) throw expressionFlaw(text, { start: 0 }, "expected a condition on a tag");
  const evaluate = compileTree(tree);
  return {
    text: printTree(tree),
    tags,
    holds(values, offset) {
      const answer = evaluate(values, offset);
      return Number.isNaN(answer) ? undefined : answer === 1;
    },
  };
}

function namesIn(tree: ExpressionTree): string[] {
  switch (tree.kind) {
    case "number":
      return [];
    case "tag":
      return [tree.name];
    case "prefix":
      return namesIn(tree.of);
    case "pair":
      return [...namesIn(tree.left), ...namesIn(tree.right)];
  }
}
