import type { OpcuaValue } from "../opcua-client.ts";
import { qualityOf } from "./to-reading.ts";

/** What was reported of a node last. Its numbers are kept, not the value itself, so that values die young. */
export interface LastReport {
  /** Reports so far. */
  count: number;
  number: number;
  /** Of what is no number. */
  other: unknown;
  statusCode: number;
  sourceTimeMs: number;
}

export function emptyReport(): LastReport {
  return { count: 0, number: 0, other: undefined, statusCode: 0, sourceTimeMs: 0 };
}

export function keepReport(
  report: LastReport,
  { value, statusCode, sourceTimeMs }: OpcuaValue,
): void {
  const isNumber = typeof value === "number";
  report.count += 1;
  report.number = isNumber ? value : Number.NaN;
  report.other = isNumber ? undefined : value;
  report.statusCode = statusCode;
  report.sourceTimeMs = sourceTimeMs ?? Number.NEGATIVE_INFINITY;
}

/** Whether what was read is another value than the one reported last, and not an older one. */
export function isNews(report: LastReport, read: OpcuaValue): boolean {
  if ((read.sourceTimeMs ?? Number.POSITIVE_INFINITY) <= report.sourceTimeMs) return false;
  const quality = qualityOf(read.statusCode);
  if (quality !== qualityOf(report.statusCode)) return true;
  return quality !== "bad" && String(read.value) !== String(report.other ?? report.number);
}
