import type { Evaluation } from "../evaluate-model.ts";
import type { Contestant } from "../measures.ts";
import type { Recording } from "./recording.ts";

/** Everything that a report shows. */
export interface ReportData {
  /** The file that was evaluated on. */
  readonly trace: string;
  /** The column of the labels. */
  readonly label: string;
  /** The model that the report is about, then those it is compared with. */
  readonly evaluations: readonly [Evaluation, ...Evaluation[]];
  /** The same models in that order, then the dummies. */
  readonly contestants: readonly Contestant[];
  readonly recording: Recording;
}
