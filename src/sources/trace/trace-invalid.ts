import { GatewayError } from "../../errors.ts";

/** A place in a trace; lines count from 1, the header. */
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

const SHOWN_CHARACTERS = 60;

/** What a file holds, as an error message shows it: quoted, and short whatever came. */
export function shown(text: string): string {
  if (text === "") return "an empty cell";
  return JSON.stringify(
    text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text,
  );
}
