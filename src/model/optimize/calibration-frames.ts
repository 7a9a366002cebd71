import type { Frame } from "../../core/frame.ts";
import type { ModelCard } from "../../core/model-card.ts";
import { GatewayError } from "../../errors.ts";
import type { Source } from "../../sources/source.ts";
import { readFrames } from "../training-frames.ts";

/**
 * Reads the recording that two models are compared on.
 *
 * @throws GatewayError `MODEL_MISMATCH` when it lacks a tag of the model or has another period; what reading the source throws
 */
export async function calibrationFrames(
  data: Source | Iterable<Frame>,
  { name: model, tags, periodMs }: ModelCard,
): Promise<readonly Frame[]> {
  const mismatch = (expected: string, got: string): GatewayError =>
    new GatewayError("MODEL_MISMATCH", `model "${model}": expected ${expected}, got ${got}`, {
      hint: "Compare on a recording with the tags and the period that the model was trained for.",
    });
  if ("readings" in data) {
    const delivered = data.tags.map((tag) => tag.name);
    const missing = tags.map((tag) => tag.name).filter((tag) => !delivered.includes(tag));
    if (missing.length > 0) {
      throw mismatch(`the tag ${missing.join(", ")}`, `${data.name} with ${delivered.join(", ")}`);
    }
    const { name, readings, status } = data;
    return readFrames({ name, readings, status, tags }, { periodMs });
  }
  const frames = [...data];
  for (const { values, periodMs: got } of frames) {
    if (values.length !== tags.length) {
      throw mismatch(`frames of ${tags.length} cells`, `one of ${values.length}`);
    }
    if (got !== periodMs) throw mismatch(`a period of ${periodMs} ms`, `${got} ms`);
  }
  return frames;
}
