import type { Frame } from "../../core/frame.ts";
import type { Tag } from "../../core/tag.ts";
import type { TrainingSettings } from "../training-options.ts";
import type { Fold } from "./cross-validate.ts";
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
  readonly folds: readonly Fold[];
  readonly heldOut: HeldOutScores;
  readonly epochs: number;
  readonly final: FinalFit;
}
