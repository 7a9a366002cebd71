import type { Observable } from "rxjs";
import type { Frame } from "../core/frame.ts";
import type { Tag } from "../core/tag.ts";
import { GatewayError } from "../errors.ts";
import { requireTags } from "../math/require-tags.ts";
import type { Source } from "../sources/source.ts";
import { plainTag } from "./compose-card.ts";
import { tableOf } from "./learn/frame-table.ts";
import { loadModel } from "./load-model.ts";
import type { Model } from "./model.ts";
import { requireTrainingOptions } from "./require-training-options.ts";
import { collectFrames, readFrames } from "./training-frames.ts";
import type { TrainingSettings, TrainModelOptions } from "./training-options.ts";
import { trainInWorker } from "./worker/train-in-worker.ts";

/** A source, recorded or live (then with `watchMs`), or frames that are aligned already. */
export type TrainingData = Source | Observable<Frame> | Iterable<Frame>;

/**
 * Learns what normal looks like: trains an autoencoder on the spot, calibrates its score on held-out blocks of
 * time, and gives back a model that is ready to score and to be saved.
 *
 * Runs in a thread of its own, at low priority: this one goes on reading and scoring. Deterministic for a seed. `data` must end, and must show normal operation; windows with an unknown cell are left out, and a
 * cell that is not finite is unknown.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID`, for options before anything is read; `TRAINING_DATA_INSUFFICIENT`,
 * `TRAINING_DIVERGED`; what the source throws; and the signal's reason when aborted
 */
export async function trainModel(data: TrainingData, options: TrainModelOptions): Promise<Model> {
  const settings = requireTrainingOptions(data, options);
  if (!("readings" in data)) {
    const tags = settings.tags ?? [];
    requireTags("trainModel", tags);
    return trainOnFrames(await collectFrames(data, settings.signal), tags, settings);
  }
  const { name, readings, status } = data;
  const tags = selectTags(data, settings.tags);
  const frames = await readFrames({ name, readings, status, tags }, settings);
  return trainOnFrames(frames, tags, settings);
}

/** The tags that were asked for, each with what the source knows of it where nothing else was said. */
function selectTags({ name: source, tags: delivered }: Source, asked = delivered): readonly Tag[] {
  requireTags("trainModel", asked);
  return asked.map((tag) => {
    const known = delivered.find(({ name }) => name === tag.name);
    if (known !== undefined) return { ...known, ...tag };
    throw new GatewayError(
      "CONFIG_INVALID",
      `trainModel: tags must be tags of ${source} (${delivered.map(({ name }) => name).join(", ")}), got "${tag.name}"`,
    );
  });
}

async function trainOnFrames(
  frames: readonly Frame[],
  tags: readonly Tag[],
  { onProgress = () => {}, signal, checkpointPath, tags: _, ...settings }: TrainingSettings,
): Promise<Model> {
  const table = await tableOf(frames, tags);
  const job = { table, tags: tags.map(plainTag), settings };
  return loadModel(await trainInWorker(job, { onProgress, signal, checkpointPath }));
}
