import { expressionFlaw, unknownTag } from "./expression-flaw.ts";
import { type ExpressionToken, tokenize } from "./expression-token.ts";
import {
  COMPARISON_STRENGTH,
  type ExpressionTree,
  isCondition,
  PAIR_STRENGTH,
  type PairSign,
  PREFIX_STRENGTH,
} from "./expression-tree.ts";

/** Nobody writes more words and signs; and so no text nests deeper than the stack is. */
const MOST_TOKENS = 1000;

interface Reader {
  readonly text: string;
  readonly tagNames: readonly string[];
  readonly tokens: readonly ExpressionToken[];
  next: number;
}

/** What was read, and the token it starts with. */
interface Part {
  readonly tree: ExpressionTree;
  readonly start: ExpressionToken;
}

/**
 * Reads a condition by the strength of its signs (precedence climbing).
 *
 * @throws GatewayError `CONFIG_INVALID`
 */
export function parseTree(text: string, tagNames: readonly string[]): ExpressionTree {
  const reader: Reader = { text, tagNames, tokens: tokenize(text), next: 0 };
  if (reader.tokens.length > MOST_TOKENS) {
    const problem = `expected at most ${MOST_TOKENS} words and signs, got ${reader.tokens.length}`;
    throw expressionFlaw(text, { start: 0 }, problem);
  }
  const tree = conditionOf(readPairs(reader, 1), reader);
  const rest = peek(reader);
  if (rest.kind !== "end") throw unexpected(reader, rest, "and, or, or the end");
  return tree;
}

/** Reads as far as the signs bind at least so strongly. */
function readPairs(reader: Reader, strength: number): Part {
  let left = readOne(reader);
  for (;;) {
    const sign = pairSign(peek(reader));
    if (sign === undefined || PAIR_STRENGTH[sign] < strength) return left;
    reader.next += 1;
    const right = readPairs(reader, PAIR_STRENGTH[sign] + 1);
    const side = PAIR_STRENGTH[sign] < COMPARISON_STRENGTH ? conditionOf : numberOf;
    const tree = { sign, left: side(left, reader), right: side(right, reader) };
    left = { start: left.start, tree: { kind: "pair", ...tree } };
  }
}

function readOne(reader: Reader): Part {
  const start = peek(reader);
  reader.next += 1;
  if (start.kind === "number")
    return { start, tree: { kind: "number", value: numberIn(start, reader) } };
  if (start.kind === "tag") {
    const place = reader.tagNames.indexOf(start.text);
    if (place < 0) throw unknownTag(reader.text, start, reader.tagNames);
    return { start, tree: { kind: "tag", name: start.text, place } };
  }
  if (start.kind === "sign") {
    if (start.text === "(") return { start, tree: readEnclosed(reader).tree };
    const tree = readPrefix(start, reader);
    if (tree) return { start, tree };
  }
  throw unexpected(reader, start, "a tag, a number, not or (");
}

function readPrefix({ text: sign }: ExpressionToken, reader: Reader): ExpressionTree | undefined {
  if (sign === "not") {
    const of = conditionOf(readPairs(reader, PREFIX_STRENGTH.not), reader);
    return { kind: "prefix", sign, of };
  }
  if (sign === "-") {
    const of = numberOf(readPairs(reader, PREFIX_STRENGTH["-"]), reader);
    return { kind: "prefix", sign, of };
  }
  if (sign !== "abs") return undefined;
  take(reader, "(");
  return { kind: "prefix", sign, of: numberOf(readEnclosed(reader), reader) };
}

/** What stands behind a parenthesis that is open, up to the one that closes it. */
function readEnclosed(reader: Reader): Part {
  const part = readPairs(reader, 1);
  take(reader, ")");
  return part;
}

function conditionOf({ tree, start }: Part, { text }: Reader): ExpressionTree {
  if (isCondition(tree)) return tree;
  if (tree.kind !== "tag") {
    throw expressionFlaw(
      text,
      start,
      "expected a condition, got a number",
      "Compare it: speed > 100.",
    );
  }
  return { kind: "pair", sign: "!=", left: tree, right: { kind: "number", value: 0 } };
}

function numberOf({ tree, start }: Part, { text }: Reader): ExpressionTree {
  if (!isCondition(tree)) return tree;
  const hint = "Compare two numbers at a time: 10 < speed and speed < 20.";
  throw expressionFlaw(text, start, "expected a number, got a condition", hint);
}

function numberIn(token: ExpressionToken, { text }: Reader): number {
  const value = Number(token.text);
  if (Number.isFinite(value)) return value;
  throw expressionFlaw(text, token, `the number ${token.text} is too large`);
}

function pairSign({ kind, text }: ExpressionToken): PairSign | undefined {
  return kind === "sign" && Object.hasOwn(PAIR_STRENGTH, text) ? (text as PairSign) : undefined;
}

function peek({ tokens, next }: Reader): ExpressionToken {
  return tokens[next] ?? (tokens.at(-1) as ExpressionToken);
}

function take(reader: Reader, sign: "(" | ")"): void {
  const token = peek(reader);
  if (token.kind !== "sign" || token.text !== sign) throw unexpected(reader, token, sign);
  reader.next += 1;
}

/** What to do about characters that people try. */
const HINTS: Readonly<Record<string, string>> = {
  "=": "Write == to compare.",
  "&": "Write and, or &&.",
  "|": "Write or, or ||.",
  ",": "Write a decimal point.",
  '"': "Close the quotes behind the tag's name.",
  "'": 'Put the tag\'s name in double "quotes".',
};

function unexpected({ text }: Reader, token: ExpressionToken, expected: string): Error {
  const hint = HINTS[token.text] ?? 'Put a tag\'s name in "quotes" where it holds blanks or signs.';
  return expressionFlaw(text, token, `expected ${expected}, got ${token.text}`, hint);
}
