import { plainTag } from "./compose-card.ts";
import { readRecording } from "./learn/read-recording.ts";
import { loadModel } from "./load-model.ts";
import type { Model } from "./model.ts";
import { requireTrainingOptions } from "./require-training-options.ts";
import type { TrainingData, TrainModelOptions } from "./training-options.ts";
import { trainInWorker } from "./worker/train-in-worker.ts";

/**
 * Learns what normal looks like: trains an autoencoder on the spot, calibrates its score on held-out blocks of
 * time, and gives back a model that is ready to score and to be saved.
 *
 * Runs in a thread of its own, at low priority: this one goes on reading and scoring. Deterministic for a seed.
 * `data` must end, and must show normal operation; windows with an unknown cell are left out, and a cell that is not
 * finite is unknown.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID`, for options before anything is read; `TRAINING_DATA_INSUFFICIENT`,
 * `TRAINING_DIVERGED`; what the source throws; and the signal's reason when aborted
 */
export async function trainModel(data: TrainingData, options: TrainModelOptions): Promise<Model> {
  const checked = requireTrainingOptions(data, options);
  const { onProgress = () => {}, signal, checkpointPath, tags: _, ...settings } = checked;
  const { tags, table } = await readRecording("trainModel", data, checked);
  const job = { table, tags: tags.map(plainTag), settings };
  return loadModel(await trainInWorker(job, { onProgress, signal, checkpointPath }));
}
