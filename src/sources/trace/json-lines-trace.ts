import type { Reading } from "../../core/reading.ts";
import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import { isCutOff, type JsonLine, parseJsonLine } from "./json-line.ts";
import { createLineSplitter } from "./line-splitter.ts";
import { LINES_PER_CHUNK, type Trace } from "./trace.ts";
import { readBytes, readHead } from "./trace-file.ts";
import { shown, type TracePlace, traceInvalid, warnOfCut } from "./trace-invalid.ts";

/** Opens a JSON Lines trace; see {@link openTrace}. */
export function openJsonLines(path: string, ignore: readonly string[]): Trace {
  const all = findTags(path);
  const stranger = ignore.find((name) => all.every((tag) => tag.name !== name));
  if (stranger !== undefined) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `${path}: ignore "${stranger}": there is no such tag`,
      {
        hint: `Ignore only tags of the file: ${namesOf(all)}.`,
      },
    );
  }
  const tags = all.filter(({ name }) => !ignore.includes(name));
  if (tags.length === 0) {
    throw new GatewayError("CONFIG_INVALID", `${path}: ignore leaves no tag of [${namesOf(all)}]`, {
      hint: "Ignore fewer tags.",
    });
  }
  return {
    path,
    tags,
    chunks: { [Symbol.asyncIterator]: () => readReadings(path, all, ignore) },
  };
}

/**
 * The tags that the first line lists, or else those that the head of the file has readings of.
 *
 * A wrong line ends the search: either the head ends in it, or it is reported when the loop through the file comes to it.
 */
function findTags(path: string): readonly Tag[] {
  const lines = readHead(path, () => false).split("\n");
  const found = new Map<string, Tag>();
  for (const [index, text] of lines.entries()) {
    if (text.trim() === "") continue;
    const parsed = parseOrEnd({ path, line: index + 1 }, text, found.size > 0);
    if (parsed === undefined) break;
    if ("tags" in parsed) return parsed.tags;
    found.set(parsed.reading.tag, { name: parsed.reading.tag });
  }
  if (found.size > 0) return [...found.values()];
  throw noReadings(path);
}

function parseOrEnd(place: TracePlace, text: string, mayEnd: boolean): JsonLine | undefined {
  try {
    return parseJsonLine(place, text);
  } catch (error) {
    if (mayEnd) return undefined;
    throw error;
  }
}

async function* readReadings(
  path: string,
  tags: readonly Tag[],
  ignore: readonly string[],
): AsyncGenerator<readonly Reading[]> {
  const splitter = createLineSplitter(path);
  const parser = createLineParser(path, tags, ignore);
  let readings: Reading[] = [];
  try {
    for await (const bytes of readBytes(path)) {
      for (const text of splitter.push(bytes)) {
        readings.push(...parser.take(text));
        if (readings.length < LINES_PER_CHUNK) continue;
        yield readings;
        readings = [];
      }
    }
    readings.push(...parser.takeRest(splitter.rest()));
  } catch (error) {
    if (readings.length > 0) yield readings; // what stood before the wrong line
    throw error;
  }
  parser.requireReadings();
  if (readings.length > 0) yield readings;
}

function noReadings(path: string): GatewayError {
  const hint = "Record some readings first.";
  return traceInvalid({ path, line: 1 }, "expected readings, got none", hint);
}

function namesOf(tags: readonly Tag[]): string {
  return tags.map(({ name }) => name).join(", ");
}

/** What one pass through the file knows of the lines before. */
interface LineParser {
  /** The reading of the next line, unless it has none or is left out. Throws `TRACE_INVALID`. */
  take(text: string): readonly Reading[];
  /** The same for what stands behind the last line break, which may be no more than a part of a line. */
  takeRest(text: string): readonly Reading[];
  /** @throws GatewayError `TRACE_INVALID` when there was not a single reading */
  requireReadings(): void;
}

const NOTHING: readonly Reading[] = [];

function createLineParser(
  path: string,
  tags: readonly Tag[],
  ignore: readonly string[],
): LineParser {
  const newestMs = new Map(tags.map(({ name }) => [name, Number.NEGATIVE_INFINITY]));
  let line = 0;
  let count = 0;

  const requireOrder = ({ tag, timeMs, late }: Reading, isOnTime: boolean): void => {
    const beforeMs = newestMs.get(tag);
    if (beforeMs === undefined) {
      const hint = 'List every tag in a first line: {"tags":["a","b"]}.';
      throw traceInvalid(
        { path, line },
        `expected a tag of the file's head, got ${shown(tag)}`,
        hint,
      );
    }
    if (timeMs >= beforeMs || isOnTime) newestMs.set(tag, timeMs);
    else if (!late) {
      const before = new Date(beforeMs).toISOString();
      const problem = `expected a time not before ${before} of the same tag above, got ${new Date(timeMs).toISOString()}`;
      const hint =
        'Sort the readings of each tag by time, or mark with "late":true what came late.';
      throw traceInvalid({ path, line }, problem, hint);
    }
  };

  const take = (text: string): readonly Reading[] => {
    line += 1;
    if (text.trim() === "") return NOTHING;
    const parsed = parseJsonLine({ path, line }, text);
    if ("tags" in parsed) {
      if (count === 0) return NOTHING;
      const problem = "expected the list of tags before the first reading";
      throw traceInvalid({ path, line }, problem, "Keep each recording in a file of its own.");
    }
    const { reading, isOnTime } = parsed;
    requireOrder(reading, isOnTime);
    count += 1;
    return ignore.includes(reading.tag) ? NOTHING : [reading];
  };

  return {
    take,
    takeRest(text) {
      if (!isCutOff(text)) return take(text);
      warnOfCut({ path, line: line + 1 });
      return NOTHING;
    },
    requireReadings() {
      if (count === 0) throw noReadings(path);
    },
  };
}
