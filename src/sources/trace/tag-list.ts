import type { Tag } from "../../core/tag.ts";
import type { GatewayError } from "../../errors.ts";
import { shownJson, type TracePlace, traceInvalid } from "./trace-invalid.ts";

/** The first line of a recording in JSON Lines: its tags, with what a replay has to know of them. */
export function tagListLine(tags: readonly Tag[]): string {
  const listed = tags.map(({ name, unit, range, reporting }) => ({
    name,
    unit,
    range: range?.every(Number.isFinite) ? range : undefined,
    reporting,
  }));
  // JSON leaves out what is undefined. An escaped U+FFFD is one; a bare one is what is left of a wrong encoding.
  return JSON.stringify({ tags: listed }).replaceAll("\uFFFD", "\\ufffd");
}

/** Reads such a line; names alone will do for tags. Throws `TRACE_INVALID`. */
export function parseTagList(
  place: TracePlace,
  { tags, ...others }: Readonly<Record<string, unknown>>,
): readonly Tag[] {
  if (!Array.isArray(tags) || tags.length === 0 || Object.keys(others).length > 0) {
    throw wrongList(place, "a list of tags and nothing else", { tags, ...others });
  }
  const parsed = tags.map((tag: unknown) => parseTag(place, tag));
  const names = new Set(parsed.map(({ name }) => name));
  if (names.size < parsed.length) throw wrongList(place, "every tag once", tags);
  return parsed;
}

function parseTag(place: TracePlace, tag: unknown): Tag {
  const fields: unknown = typeof tag === "string" ? { name: tag } : tag;
  if (typeof fields !== "object" || fields === null) throw wrongList(place, "a tag", tag);
  const { name, unit, range, reporting, ...others } = fields as Readonly<Record<string, unknown>>;
  const isTag =
    typeof name === "string" &&
    name !== "" &&
    (unit === undefined || typeof unit === "string") &&
    (range === undefined || isRange(range)) &&
    (reporting === undefined || reporting === "sampled" || reporting === "on-change") &&
    Object.keys(others).length === 0;
  if (!isTag) {
    const expected =
      "a name, perhaps with unit, range [low, high] and reporting sampled or on-change";
    throw wrongList(place, expected, tag);
  }
  return {
    name,
    ...(unit !== undefined && { unit }),
    ...(range !== undefined && { range }),
    ...(reporting !== undefined && { reporting }),
  };
}

function isRange(range: unknown): range is readonly [number, number] {
  return Array.isArray(range) && range.length === 2 && range.every(Number.isFinite);
}

function wrongList(place: TracePlace, expected: string, got: unknown): GatewayError {
  const hint =
    'List the tags as in {"tags":[{"name":"flow","unit":"l/s"}]}, or leave the line out.';
  return traceInvalid(place, `tags: expected ${expected}, got ${shownJson(got)}`, hint);
}
