import { fileCheckpoint, fingerprint } from "../checkpoint.ts";
import type { TrainingProgress } from "../fit-network.ts";
import { learnModel, type TrainingJob } from "../learn-model.ts";

/** What goes along with a training. */
export interface TrainingCompany {
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly signal: AbortSignal | undefined;
  /** Where to keep what was reached, and what to go on from. */
  readonly checkpointPath: string | undefined;
}

/** Learns a model on this thread; the checkpoint is gone when it is done. */
export async function trainHere(
  job: TrainingJob,
  { onProgress, signal, checkpointPath }: TrainingCompany,
): Promise<Uint8Array> {
  const checkpoint =
    checkpointPath === undefined ? undefined : fileCheckpoint(checkpointPath, fingerprint(job));
  const model = await learnModel(job, { onProgress, signal, checkpoint });
  await checkpoint?.remove();
  return model;
}
