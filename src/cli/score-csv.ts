import type { Score } from "../core/score.ts";

/** Significant digits of a number in the file. */
const DIGITS = 6;

/** First line of `scores.csv`. */
export function scoreHeader(tags: readonly string[]): string {
  const columns = ["time", "score", "threshold", "verdict", "coverage"];
  return `${[...columns, ...tags.map((tag) => quote(`contribution:${tag}`))].join(",")}\n`;
}

/** One scored window; score and contributions are empty where there was too little data or the machine did not run. */
export function scoreLine(score: Score, tags: readonly string[]): string {
  const { endMs, value, threshold, verdict, coverage, contributions } = score;
  const cells = [
    new Date(endMs).toISOString(),
    number(value),
    number(threshold),
    verdict,
    number(coverage),
    ...tags.map((_, place) => number(contributions[place]?.share ?? Number.NaN)),
  ];
  return `${cells.join(",")}\n`;
}

function number(value: number): string {
  return Number.isNaN(value) ? "" : String(Number(value.toPrecision(DIGITS)));
}

function quote(name: string): string {
  return /[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
