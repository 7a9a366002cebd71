import type { Reading } from "../../../src/core/reading.ts";
import { type OpenTraceOptions, openTrace } from "../../../src/sources/trace/open-trace.ts";

/** All readings of a trace. */
export async function readAll(path: string, options?: OpenTraceOptions): Promise<Reading[]> {
  const readings: Reading[] = [];
  for await (const chunk of openTrace(path, options).chunks) readings.push(...chunk);
  return readings;
}
