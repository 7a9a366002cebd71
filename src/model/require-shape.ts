import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard } from "../core/model-card.ts";
import { GatewayError } from "../errors.ts";

/** @throws GatewayError `MODEL_MISMATCH` for a window of another shape than the model's */
export function requireShape(card: ModelCard, { length, tags }: FrameWindow): void {
  if (length === card.windowLength && tags === card.tags.length) return;
  throw new GatewayError(
    "MODEL_MISMATCH",
    `model "${card.name}": expected windows of ${card.windowLength} frames x ${card.tags.length} tags, got ${length} x ${tags}`,
    { hint: "Align the tags and slide the window as the model card says." },
  );
}
