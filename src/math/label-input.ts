import type { LabelInput, LabelVerdict } from "../core/label.ts";
import { GatewayError } from "../errors.ts";

/** Longest texts of a label, in UTF-16 units. */
const LONGEST = { target: 200, faultCode: 100, by: 200, note: 4000 } as const;
/** 2000 to 2100: seconds or microseconds, taken for milliseconds, lie outside. */
const EARLIEST_MS = Date.UTC(2000, 0);
const LATEST_MS = Date.UTC(2100, 0);

const VERDICTS: Readonly<Record<LabelVerdict, true>> = {
  fault: true,
  "false-alarm": true,
  maintenance: true,
  unsure: true,
};
/** What a label may say, in the order of the documentation. */
export const LABEL_VERDICTS: readonly LabelVerdict[] = Object.keys(VERDICTS).filter(isVerdict);

const FIELDS: Readonly<Record<keyof LabelInput, true>> = {
  target: true,
  verdict: true,
  faultCode: true,
  note: true,
  by: true,
  atMs: true,
};

/**
 * Checks what came from outside as a label, and gives a copy with nothing else in it. A field that is `undefined` or `null` counts as absent.
 *
 * @throws GatewayError `LABEL_INVALID` that says what was expected and what came
 */
export function parseLabelInput(value: unknown): LabelInput {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(`expected an object, got ${shown(value)}`);
  }
  const stranger = Object.keys(value).find((field) => !Object.hasOwn(FIELDS, field));
  if (stranger !== undefined) {
    throw invalid(`there is no field ${shown(stranger)}`, `Say ${Object.keys(FIELDS).join(", ")}.`);
  }
  const given = new Map<string, unknown>(Object.entries(value));
  const verdict = given.get("verdict");
  if (typeof verdict !== "string" || !isVerdict(verdict)) {
    throw invalid(`verdict: expected ${LABEL_VERDICTS.join(", ")}, got ${shown(verdict)}`);
  }
  const target = textOf(given, "target");
  if (target === undefined)
    throw invalid("target: expected the id of an event or a window, got none");
  const faultCode = textOf(given, "faultCode");
  if (faultCode !== undefined && verdict !== "fault") {
    throw invalid(`faultCode: expected none with the verdict ${verdict}, got ${shown(faultCode)}`);
  }
  const note = textOf(given, "note");
  const by = textOf(given, "by");
  const atMs = timeOf(given.get("atMs"));
  return {
    target,
    verdict,
    ...(faultCode !== undefined && { faultCode }),
    ...(note !== undefined && { note }),
    ...(by !== undefined && { by }),
    ...(atMs !== undefined && { atMs }),
  };
}

function isVerdict(text: string): text is LabelVerdict {
  return Object.hasOwn(VERDICTS, text);
}

function textOf(
  given: ReadonlyMap<string, unknown>,
  field: keyof typeof LONGEST,
): string | undefined {
  const value = given.get(field) ?? undefined;
  if (value === undefined) return undefined;
  const longest = LONGEST[field];
  if (typeof value !== "string" || value.trim() === "") {
    throw invalid(`${field}: expected a text, got ${shown(value)}`);
  }
  if (value.length > longest) {
    throw invalid(`${field}: expected at most ${longest} characters, got ${value.length}`);
  }
  return value;
}

function timeOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && typeof value === "number") {
    if (value >= EARLIEST_MS && value < LATEST_MS) return value;
  }
  throw invalid(
    `atMs: expected whole milliseconds since 1970, between the years 2000 and 2100, got ${shown(value)}`,
  );
}

function invalid(message: string, hint?: string): GatewayError {
  return new GatewayError("LABEL_INVALID", `label, ${message}`, hint === undefined ? {} : { hint });
}

const LONGEST_SHOWN = 40;

/** Of what came from outside only so much as one line can show. */
function shown(value: unknown): string {
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? "a list" : "an object";
  if (typeof value !== "string") return String(value);
  const text = JSON.stringify(value.slice(0, LONGEST_SHOWN));
  return value.length > LONGEST_SHOWN ? `${text}…` : text;
}
