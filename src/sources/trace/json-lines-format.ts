import type { Reading } from "../../core/reading.ts";
import type { Tag } from "../../core/tag.ts";
import { tagListLine } from "./tag-list.ts";
import type { TraceFormat, TraceLine } from "./trace-format.ts";
import { isTraceTime } from "./trace-time.ts";

interface Lane {
  /** The name as it stands in JSON. */
  readonly name: string;
  newestMs: number;
}

/** Creates the format of JSON Lines: a list of the tags, then one reading a line, in the order of arrival. */
export function createJsonLinesFormat(tags: readonly Tag[]): TraceFormat {
  const lanes = new Map<string, Lane>();
  for (const { name } of tags) {
    lanes.set(name, { name: jsonText(name), newestMs: Number.NEGATIVE_INFINITY });
  }
  let lines: TraceLine[] = [];

  return {
    header: `${tagListLine(tags)}\n`,
    push(reading) {
      const lane = lanes.get(reading.tag);
      if (lane === undefined || !isTraceTime(reading.timeMs)) return false;
      lines.push({ text: readingLine(lane, reading), readings: 1 });
      if (!reading.late || reading.timeMs > lane.newestMs) lane.newestMs = reading.timeMs;
      return true;
    },
    take() {
      const taken = lines;
      lines = [];
      return { lines: taken, late: 0 };
    },
  };
}

function readingLine({ name, newestMs }: Lane, reading: Reading): string {
  const { timeMs, value, quality, statusCode, late } = reading;
  const known = quality === "bad" || !Number.isFinite(value) ? undefined : value;
  const parts = [
    `"tag":${name}`,
    `"timeMs":${numberText(timeMs)}`,
    `"value":${known === undefined ? "null" : numberText(known)}`,
    `"quality":"${known === undefined ? "bad" : quality}"`,
  ];
  if (statusCode !== undefined && Number.isFinite(statusCode)) {
    parts.push(`"statusCode":${statusCode}`);
  }
  // A reader refuses times that run backwards where nothing is said about it.
  if (late || timeMs < newestMs) parts.push(`"late":${late === true}`);
  return `{${parts.join()}}\n`;
}

/** JSON has a minus zero, `JSON.stringify` has not. */
function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A bare U+FFFD would be taken for what is left of a wrong encoding. */
function jsonText(text: string): string {
  return JSON.stringify(text).replaceAll("\uFFFD", "\\ufffd");
}
