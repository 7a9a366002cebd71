/** One word, number or sign of an expression. */
export interface ExpressionToken {
  /** `flaw` is text that cannot start anything; `end` stands behind the last one. */
  readonly kind: "number" | "tag" | "sign" | "flaw" | "end";
  /** What it means: the name of a tag without its quotes, `and` for `&&`. */
  readonly text: string;
  /** Characters of the expression before it. */
  readonly start: number;
}

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORD = /[\p{L}_][\p{L}\p{N}_.]*/uy;
const QUOTED = /"(?:[^"]|"")+"/y;
const SIGN = /<=|>=|==|!=|&&|\|\||[<>!+\-*/()]/y;

const RESERVED = ["and", "or", "not", "abs"];
const IN_WORDS = new Map([
  ["&&", "and"],
  ["||", "or"],
  ["!", "not"],
]);

/** Cuts an expression into tokens. Never throws: what it cannot read becomes a `flaw` of one character. */
export function tokenize(text: string): ExpressionToken[] {
  const tokens: ExpressionToken[] = [];
  let start = skipBlanks(text, 0);
  while (start < text.length) {
    const { length, ...token } = tokenAt(text, start);
    tokens.push({ ...token, start });
    start = skipBlanks(text, start + length);
  }
  return [...tokens, { kind: "end", text: "the end", start: text.length }];
}

/** A tag's name as an expression can hold it: in quotes where it is not a plain word. */
export function quoteName(name: string): string {
  const isPlain = match(WORD, name, 0) === name && !RESERVED.includes(name.toLowerCase());
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

function tokenAt(text: string, start: number): Omit<ExpressionToken, "start"> & { length: number } {
  const number = match(NUMBER, text, start);
  if (number) return { kind: "number", text: number, length: number.length };
  const word = match(WORD, text, start);
  if (word) {
    const lower = word.toLowerCase();
    return RESERVED.includes(lower)
      ? { kind: "sign", text: lower, length: word.length }
      : { kind: "tag", text: word, length: word.length };
  }
  const quoted = match(QUOTED, text, start);
  if (quoted) {
    return { kind: "tag", text: quoted.slice(1, -1).replaceAll('""', '"'), length: quoted.length };
  }
  const sign = match(SIGN, text, start);
  if (sign) return { kind: "sign", text: IN_WORDS.get(sign) ?? sign, length: sign.length };
  return { kind: "flaw", text: text.charAt(start), length: 1 };
}

function match(pattern: RegExp, text: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(text)?.[0];
}

function skipBlanks(text: string, start: number): number {
  return start + (match(/\s*/y, text, start)?.length ?? 0);
}
