import type { TrainingProgress } from "../fit-network.ts";
import type { TrainingJob } from "../learn-model.ts";
import type { PortableError } from "./portable-error.ts";

/** What the training thread starts with. */
export interface WorkerOrder {
  readonly job: TrainingJob;
  readonly checkpointPath: string | undefined;
}

/** What the training thread says: progress any number of times, then one of the others. */
export type WorkerMessage =
  | { readonly type: "progress"; readonly progress: TrainingProgress }
  | { readonly type: "learnt"; readonly model: Uint8Array }
  | { readonly type: "failed"; readonly error: PortableError };
