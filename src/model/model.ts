import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard, ModelIdentity } from "../core/model-card.ts";
import type { OnnxSession } from "./runtime.ts";
import type { Reconstruction, Scorer } from "./scorer.ts";
import { createGraphScorer } from "./scoring/graph-scorer.ts";
import { createNetworkScorer } from "./scoring/network-scorer.ts";

/** A model that is loaded and ready to score. */
export interface Model extends Scorer {
  /** The model file, card and all, as {@link saveModel} writes it. */
  readonly bytes: Uint8Array;
  /** Lets go of the runtime's memory; the model cannot score afterwards. */
  close(): Promise<void>;
  reconstruct(windows: readonly FrameWindow[]): Promise<readonly Reconstruction[]>;
}

/** Puts the parts of a model together; `session` maps `windows [n, cells]` to `reconstruction [n, cells]` or `score [n, 1]`. */
export function createModel(
  card: ModelCard,
  identity: ModelIdentity,
  bytes: Uint8Array,
  session: OnnxSession & Pick<Scorer, "place">,
): Model {
  const createScorer = card.output === "score" ? createGraphScorer : createNetworkScorer;
  return {
    card,
    identity,
    bytes,
    ...createScorer(card, session),
    ...(session.place && { place: session.place }),
    close: () => session.release(),
  };
}
