import type { Reading } from "../core/reading.ts";
import { GatewayError } from "../errors.ts";
import type { Source, SourceStatus } from "../sources/source.ts";

/** Watches a source for tags that never give a value, and for the reason. */
export interface SilentTags {
  note(reading: Reading): void;
  noteStatus(status: SourceStatus): void;
  /** @throws GatewayError `TRAINING_DATA_INSUFFICIENT` naming the tags without a single good reading, and why if that is known */
  requireNone(): void;
}

export function createSilentTags({ name, tags }: Pick<Source, "name" | "tags">): SilentTags {
  const silent = new Map<string, number | undefined>(); // with the status code of the last bad reading
  for (const tag of tags) silent.set(tag.name, undefined);
  let lastError: GatewayError | undefined;
  return {
    note({ tag, quality, statusCode }) {
      if (quality !== "bad") silent.delete(tag);
      else if (silent.has(tag) && statusCode !== undefined) silent.set(tag, statusCode);
    },
    noteStatus({ error }) {
      lastError = error ?? lastError;
    },
    requireNone() {
      if (silent.size === 0) return;
      const shown = [...silent].map(([tag, code]) =>
        code === undefined ? tag : `${tag} (status code 0x${code.toString(16)})`,
      );
      throw new GatewayError(
        "TRAINING_DATA_INSUFFICIENT",
        `${name}: no good reading of ${shown.join(", ")}${lastError ? `: ${lastError.message}` : ""}`,
        {
          ...(lastError && { cause: lastError }),
          hint: lastError?.hint ?? "Correct the address of the tag, or leave it out.",
        },
      );
    },
  };
}
