import type { Reading } from "../core/reading.ts";
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
  const tags = trace.tags.map(({ name }) => unseen(name));
  const factsOf = new Map(tags.map((tag) => [tag.name, tag]));
  let readings = 0;
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  for await (const chunk of trace.chunks) {
    for (const reading of chunk) {
      readings += 1;
      firstMs = Math.min(firstMs, reading.timeMs);
      lastMs = Math.max(lastMs, reading.timeMs);
      note(factsOf.get(reading.tag), reading);
    }
  }
  const [from, to] = [firstMs, lastMs].map(isoTime);
  const table = tags.map(({ name, readings, bad, low, high }) => [
    name,
    readings,
    bad,
    low === null ? "-" : rounded(low),
    high === null ? "-" : rounded(high),
  ]);
  return {
    facts: { kind: "trace", file, readings, from, to, tags },
    lines: [
      `trace ${file}: ${readings} readings from ${from ?? "-"} to ${to ?? "-"}`,
      ...columns([["tag", "readings", "bad", "low", "high"], ...table]),
    ],
  };
}

function unseen(name: string): TagFacts {
  return { name, readings: 0, bad: 0, low: null, high: null };
}

function note(tag: TagFacts | undefined, { value, quality }: Reading): void {
  if (tag === undefined) return;
  tag.readings += 1;
  if (quality === "bad") {
    tag.bad += 1;
    return;
  }
  tag.low = Math.min(tag.low ?? value, value);
  tag.high = Math.max(tag.high ?? value, value);
}

/** `null` where no reading has set it. */
function isoTime(timeMs: number): string | null {
  return Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : null;
}
