import type { Frame } from "../../core/frame.ts";
import type { Tag } from "../../core/tag.ts";
import type { FittedNetwork } from "../fit-network.ts";
import type { TrainingSettings } from "../training-options.ts";
import type { FinalFit } from "./fit-on-all.ts";
import type { FrameTable } from "./frame-table.ts";
import type { HeldOutScores } from "./held-out-scores.ts";
import type { PreparedLesson } from "./prepare-lesson.ts";

/** Everything that training has found out. */
export interface TrainingFacts {
  readonly frames: readonly Frame[];
  readonly table: FrameTable;
  readonly tags: readonly Tag[];
  readonly settings: TrainingSettings;
  readonly prepared: PreparedLesson;
  /** Of each block held out, the network that has not seen it. */
  readonly fits: readonly FittedNetwork[];
  readonly heldOut: HeldOutScores;
  readonly epochs: number;
  readonly final: FinalFit;
}
