import { type OpenTraceOptions, openTrace } from "../../../src/sources/trace/open-trace.ts";
import type { TraceRow } from "../../../src/sources/trace/trace.ts";

/** All rows of a trace. */
export async function readRows(path: string, options?: OpenTraceOptions): Promise<TraceRow[]> {
  const rows: TraceRow[] = [];
  for await (const chunk of openTrace(path, options).chunks) rows.push(...chunk);
  return rows;
}
