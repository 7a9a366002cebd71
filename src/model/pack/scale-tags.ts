import type { Normalizer } from "../../core/model-card.ts";
import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import { fitNormalizer } from "../../math/normalizer.ts";
import { TRAINING_DEFAULTS } from "../training-options.ts";
import type { PackSettings } from "./pack-options.ts";
import { type Rescaling, rescalingBetween } from "./rescaling.ts";

/** How values get from the tags' units into a foreign graph. */
export interface TagScaling {
  /** What the card says. */
  readonly normalizer: Normalizer;
  /** From normalized values to those that the graph takes; absent where they are the same. */
  readonly rescaling?: Rescaling;
}

/**
 * Fits the normalizer. A graph that takes values in another scale gets them converted inside the wrapped graph, so that
 * residuals, gaps and contributions are in the same normalized units as those of every other model.
 *
 * @param values shape `[rows, tags]`, in the tags' units: normal operation
 * @throws GatewayError `CONFIG_INVALID` when center or scale have not one number per tag
 */
export function scaleTags(
  values: Float64Array,
  tags: readonly Tag[],
  { normalizer: wanted }: Pick<PackSettings, "normalizer">,
): TagScaling {
  const kind = wanted === "robust" ? "robust" : "standard";
  const normalizer = fitNormalizer(values, tags, { kind, clip: TRAINING_DEFAULTS.clip });
  if (wanted === "standard" || wanted === "robust") return { normalizer };
  const center = wanted === "none" ? tags.map(() => 0) : wanted.center;
  const scale = wanted === "none" ? tags.map(() => 1) : wanted.scale;
  for (const [part, { length }] of Object.entries({ center, scale })) {
    if (length === tags.length) continue;
    throw new GatewayError(
      "CONFIG_INVALID",
      `packModel: normalizer.${part} must have one number per tag (${tags.length}), got ${length}`,
      { hint: `Give them in the order of the tags: ${tags.map(({ name }) => name).join(", ")}.` },
    );
  }
  return { normalizer, rescaling: rescalingBetween(normalizer, { center, scale }) };
}
