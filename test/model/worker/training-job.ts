import { tableOf } from "../../../src/model/learn/frame-table.ts";
import type { TrainingJob } from "../../../src/model/learn-model.ts";
import { TRAINING_DEFAULTS } from "../../../src/model/training-options.ts";
import { machineFrames, machineTags } from "../../machine-frames.ts";

/** A recording of a machine, to be learnt in a second or so. */
export async function trainingJob(rows = 400): Promise<TrainingJob> {
  return {
    table: await tableOf(machineFrames(rows), machineTags, "trainModel"),
    tags: machineTags,
    settings: { ...TRAINING_DEFAULTS, name: "machine", windowLength: 8, maxEpochs: 8 },
  };
}
