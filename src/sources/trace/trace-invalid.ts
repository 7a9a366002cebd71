import { GatewayError } from "../../errors.ts";

/** A place in a trace; lines count from 1. */
export interface TracePlace {
  readonly path: string;
  readonly line: number;
  readonly column?: string;
}

/** `TRACE_INVALID` for one place in a file, in the `file:line` form that editors can jump to. */
export function traceInvalid(
  { path, line, column }: TracePlace,
  problem: string,
  hint: string,
  cause?: Error,
): GatewayError {
  const where = column === undefined ? `${path}:${line}` : `${path}:${line}: column "${column}"`;
  return new GatewayError("TRACE_INVALID", `${where}: ${problem}`, {
    hint,
    ...(cause && { cause }),
  });
}

/** Tells whoever runs this that a recording ends in half a line: a crash is no reason to give up all that stands before. */
export function warnOfCut({ path, line }: TracePlace): void {
  process.emitWarning(`${path}:${line}: the last line is cut off; all before it was read`, {
    code: "WHEELTAPPER_TRACE_CUT",
  });
}

const SHOWN_CHARACTERS = 60;

/** What a file holds, as an error message shows it: quoted, and short whatever came. */
export function shown(text: string): string {
  if (text === "") return "an empty cell";
  return JSON.stringify(shortened(text));
}

/** The same for a value that was read from JSON. */
export function shownJson(value: unknown): string {
  return value === undefined ? "nothing" : shortened(JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
