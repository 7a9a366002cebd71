import type { ModelCard } from "../core/model-card.ts";
import { GatewayError } from "../errors.ts";
import { openTrace } from "../sources/trace/open-trace.ts";
import type { Trace } from "../sources/trace/trace.ts";

interface OpenOptions {
  /** Columns to leave out. */
  readonly ignore?: readonly string[];
  /** A column to keep beside the model's tags. */
  readonly label?: string;
}

/**
 * Opens a trace for a model's tags alone, and for the label where there is one.
 *
 * @throws GatewayError `CONFIG_INVALID` when there is no such label, `MODEL_MISMATCH` when a tag is missing
 */
export function openForModel(
  { name, tags }: ModelCard,
  path: string,
  { ignore = [], label }: OpenOptions = {},
): Trace {
  const present = openTrace(path, { ignore }).tags.map((tag) => tag.name);
  if (label !== undefined && !present.includes(label)) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `${path}: expected the label column ${label}, got ${present.join(", ")}`,
      { hint: "Name the column with the labels, 0 or 1." },
    );
  }
  const needed = tags.map((tag) => tag.name);
  const missing = needed.filter((tag) => !present.includes(tag));
  if (missing.length > 0) {
    throw new GatewayError(
      "MODEL_MISMATCH",
      `${path}: the model "${name}" needs the column ${missing.join(", ")}; expected ${needed.join(", ")}, got ${present.join(", ")}`,
      { hint: "Take a trace with the tags that the model was trained on." },
    );
  }
  const kept = label === undefined ? needed : [...needed, label];
  return openTrace(path, {
    ignore: [...ignore, ...present.filter((column) => !kept.includes(column))],
  });
}
