import type { Quality, Reading } from "../../core/reading.ts";
import type { Tag } from "../../core/tag.ts";
import type { GatewayError } from "../../errors.ts";
import { parseTagList } from "./tag-list.ts";
import { shown, shownJson, type TracePlace, traceInvalid } from "./trace-invalid.ts";
import { isTraceTime, parseTraceTime } from "./trace-time.ts";

/** What stands in one line: a reading, or the list of the tags. */
export type JsonLine =
  | {
      readonly reading: Reading;
      /** Whether the line says by itself that it is not late: its clock was set back. */
      readonly isOnTime: boolean;
    }
  | { readonly tags: readonly Tag[] };

type Fields = Readonly<Record<string, unknown>>;

/** Reads one line of JSON Lines. Throws `TRACE_INVALID`. */
export function parseJsonLine(place: TracePlace, text: string): JsonLine {
  if (text.includes("\uFFFD")) {
    throw traceInvalid(place, `expected UTF-8, got ${shown(text)}`, "Save the file as UTF-8.");
  }
  const fields = parseObject(place, text);
  return Object.hasOwn(fields, "tags")
    ? { tags: parseTagList(place, fields) }
    : { reading: parseReading(place, fields), isOnTime: fields["late"] === false };
}

/** Whether the text behind the last line break is what a crash or a power cut left of a line. */
export function isCutOff(text: string): boolean {
  if (/^\0+$/.test(text)) return true;
  if (!text.startsWith("{")) return false;
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}

function parseObject(place: TracePlace, text: string): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw notAnObject(place, text, cause as Error);
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Fields;
  }
  throw notAnObject(place, text);
}

function notAnObject(place: TracePlace, text: string, cause?: Error): GatewayError {
  const hint = 'Write one reading a line, such as {"tag":"flow","timeMs":0,"value":12.5}.';
  return traceInvalid(place, `expected one JSON object, got ${shown(text)}`, hint, cause);
}

const FIELDS = ["tag", "timeMs", "time", "value", "quality", "statusCode", "late"];

function parseReading(place: TracePlace, fields: Fields): Reading {
  const stranger = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (stranger !== undefined) {
    // A misspelled quality must not pass for a good one.
    const problem = `expected ${FIELDS.join(", ")} and nothing else, got ${shown(stranger)}`;
    throw traceInvalid(place, problem, "Correct the name of the field, or leave it out.");
  }
  const timeMs = timeOf(place, fields);
  const { tag, statusCode, late } = fields;
  if (typeof tag !== "string" || tag === "") {
    throw wrongField(place, "tag", "a name", tag);
  }
  if (statusCode !== undefined && !Number.isFinite(statusCode)) {
    throw wrongField(place, "statusCode", "a number", statusCode);
  }
  if (late !== undefined && typeof late !== "boolean") {
    throw wrongField(place, "late", "true or false", late);
  }
  return {
    tag,
    timeMs,
    ...measuredIn(place, fields),
    ...(statusCode !== undefined && { statusCode: statusCode as number }),
    ...(late && { late }),
  };
}

function timeOf(place: TracePlace, { time, timeMs }: Fields): number {
  if (typeof timeMs === "number" && time === undefined && isTraceTime(timeMs)) return timeMs;
  const parsed =
    typeof time === "string" && timeMs === undefined ? parseTraceTime(time) : undefined;
  if (parsed !== undefined) return parsed;
  if (timeMs === undefined) throw wrongField(place, "time", "an ISO 8601 time", time);
  if (time === undefined) throw wrongField(place, "timeMs", "epoch milliseconds", timeMs);
  throw traceInvalid(place, "expected time or timeMs, got both", "Leave one of them out.");
}

const QUALITIES: readonly unknown[] = ["good", "uncertain", "bad"] satisfies Quality[];

function measuredIn(
  place: TracePlace,
  { value = null, quality = "good" }: Fields,
): { value: number; quality: Quality } {
  if (!QUALITIES.includes(quality)) {
    throw wrongField(place, "quality", "good, uncertain or bad", quality);
  }
  if (value !== null && !Number.isFinite(value)) {
    throw wrongField(place, "value", "a finite number or null", value);
  }
  if (value === null || quality === "bad") return { value: Number.NaN, quality: "bad" };
  return { value: value as number, quality: quality as Quality };
}

function wrongField(
  place: TracePlace,
  field: string,
  expected: string,
  got: unknown,
): GatewayError {
  const problem = `${field}: expected ${expected}, got ${shownJson(got)}`;
  return traceInvalid(place, problem, "Correct the line, or remove it.");
}
