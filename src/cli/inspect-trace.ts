import type { Quality } from "../core/reading.ts";
import { openTrace } from "../sources/trace/open-trace.ts";
import { columns, rounded } from "./columns.ts";
import type { Findings } from "./findings.ts";

interface TagFacts {
  readonly name: string;
  readings: number;
  bad: number;
  /** Lowest and highest value that is not bad; `null` before there is one. */
  low: number | null;
  high: number | null;
}

/** Reads a trace to its end and shows what its tags are like. */
export async function inspectTrace(file: string): Promise<Findings> {
  const trace = openTrace(file);
  const tags = trace.tags.map(unseen);
  let rows = 0;
  let firstMs = Number.NaN;
  let lastMs = Number.NaN;
  for await (const chunk of trace.chunks) {
    for (const { timeMs, values, qualities } of chunk) {
      if (rows === 0) firstMs = timeMs;
      rows += 1;
      lastMs = timeMs;
      for (const [place, tag] of tags.entries()) note(tag, values[place], qualities[place]);
    }
  }
  const [from, to] = [firstMs, lastMs].map((timeMs) => new Date(timeMs).toISOString());
  const table = tags.map(({ name, readings, bad, low, high }) => [
    name,
    readings,
    bad,
    low === null ? "-" : rounded(low),
    high === null ? "-" : rounded(high),
  ]);
  return {
    facts: { kind: "trace", file, rows, from, to, tags },
    lines: [
      `trace ${file}: ${rows} rows from ${from} to ${to}`,
      ...columns([["tag", "readings", "bad", "low", "high"], ...table]),
    ],
  };
}

function unseen(name: string): TagFacts {
  return { name, readings: 0, bad: 0, low: null, high: null };
}

function note(tag: TagFacts, value = Number.NaN, quality?: Quality): void {
  if (quality === undefined) return;
  tag.readings += 1;
  if (quality === "bad") {
    tag.bad += 1;
    return;
  }
  tag.low = Math.min(tag.low ?? value, value);
  tag.high = Math.max(tag.high ?? value, value);
}
