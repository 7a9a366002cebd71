const ISO =
  /^(\d{4}-\d\d-(\d\d))(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?(Z|[+-]\d\d(?::?\d\d)?))?)?$/i;
const EPOCH_MS = /^-?\d+(?:\.\d+)?(?:e-?\d+)?$/;
const LAST_MS = 8.64e15; // of a JavaScript Date, in both directions

/**
 * The time in a cell of a trace, in epoch milliseconds, or `undefined` when it is none.
 *
 * Understands ISO 8601 in its extended form (`2026-03-01`, `2026-03-01T12:30:00.250Z`, a blank for the `T`, offsets such
 * as `+01:00`; without a zone it is UTC) and epoch milliseconds. Digits below the millisecond are kept as a fraction.
 */
export function parseTraceTime(cell: string): number | undefined {
  const timeMs = EPOCH_MS.test(cell) ? Number(cell) : parseIso(cell);
  return timeMs !== undefined && isTraceTime(timeMs) ? timeMs : undefined;
}

/** Whether this is a time at all; no date is further away than 275,000 years. */
export function isTraceTime(timeMs: number): boolean {
  return Math.abs(timeMs) <= LAST_MS;
}

function parseIso(cell: string): number | undefined {
  const [matched, date, day, minute = "00:00", second = "00", digits = "", zone = "Z"] =
    ISO.exec(cell) ?? [];
  if (matched === undefined) return undefined;
  const utcMs = Date.parse(`${date}T${minute}:${second}Z`);
  // Date.parse takes 30 February for 1 March, and 24:00 for the next day.
  if (new Date(utcMs).getUTCDate() !== Number(day)) return undefined;
  const fractionMs = Number(`${digits.padEnd(3, "0").slice(0, 3)}.${digits.slice(3)}`);
  const offsetMs = parseOffset(zone);
  return offsetMs === undefined ? undefined : utcMs + fractionMs - offsetMs;
}

function parseOffset(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || 0);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
