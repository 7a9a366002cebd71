import type { CaptureTensor, WindowCapture } from "../../core/window-capture.ts";
import type { SaidOfWindow } from "./said-of-windows.ts";

/** One window with all that is known of it. */
export interface DatasetRow extends SaidOfWindow {
  readonly capture: WindowCapture;
}

/** One fact of a window, and how it is stored. */
export interface FactColumn {
  readonly name: string;
  readonly type: "STRING" | "DOUBLE" | "INT32";
  /** `undefined` where it is not known. */
  readonly of: (row: DatasetRow) => string | number | undefined;
}

/** The facts in the order of their columns. Numbers and times are doubles, which hold a millisecond of any year and its fractions. */
export const FACTS: readonly FactColumn[] = [
  text("id", ({ capture }) => capture.id),
  text("gateway", ({ capture }) => capture.gateway),
  text("machine", ({ capture }) => capture.machine),
  text("model_name", ({ capture }) => capture.model.name),
  text("model_version", ({ capture }) => capture.model.version),
  text("model_sha256", ({ capture }) => capture.model.sha256),
  text("reason", ({ capture }) => capture.reason),
  text("event_id", ({ capture }) => capture.eventId),
  number("inclusion_probability", ({ capture }) => capture.inclusionProbability),
  number("weight", ({ capture }) => 1 / capture.inclusionProbability),
  number("end_ms", ({ capture }) => capture.endMs),
  number("period_ms", ({ capture }) => capture.periodMs),
  number("score", ({ capture }) => capture.score),
  number("threshold", ({ capture }) => capture.threshold),
  number("coverage", ({ capture }) => capture.coverage),
  text("muted_by", ({ capture }) => capture.mutedBy),
  text("label", ({ label }) => label?.verdict),
  text("fault_code", ({ label }) => label?.faultCode),
  text("note", ({ label }) => label?.note),
  text("labelled_by", ({ label }) => label?.by),
  number("labelled_at_ms", ({ label }) => label?.atMs),
  { name: "labels", type: "INT32", of: ({ labels }) => labels },
];

/** The tensors, shape `[length, tags]`, row-major. */
export const TENSORS = ["window", "normalized", "reconstruction"] as const;

/** Frames of the window. */
export function lengthOf({ inputs }: WindowCapture): number {
  return inputs[0]?.shape[0] ?? 0;
}

/** Values of a tensor; `undefined` where the capture has none of that name. */
export function tensorOf(
  { inputs, outputs, auxiliary }: WindowCapture,
  name: (typeof TENSORS)[number],
): Float32Array | undefined {
  const tensor = [...inputs, ...auxiliary, ...outputs].find((one) => one.name === name);
  return tensor && decoded(tensor);
}

function decoded({ data }: CaptureTensor): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(data, "base64")).buffer);
}

function text(name: string, of: (row: DatasetRow) => string | undefined): FactColumn {
  return { name, type: "STRING", of };
}

function number(name: string, of: (row: DatasetRow) => number | undefined): FactColumn {
  return { name, type: "DOUBLE", of };
}
