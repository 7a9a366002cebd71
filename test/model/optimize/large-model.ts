import { from, lastValueFrom, toArray } from "rxjs";
import type { Frame } from "../../../src/core/frame.ts";
import type { ModelCard } from "../../../src/core/model-card.ts";
import { loadModel } from "../../../src/model/load-model.ts";
import type { Model } from "../../../src/model/model.ts";
import { cardMetadata, foreignMetadata, sealModel } from "../../../src/model/model-file.ts";
import { decodeModel, encodeChanged } from "../../../src/model/onnx/schema.ts";
import { trainModel } from "../../../src/model/train-model.ts";
import type { TrainModelOptions } from "../../../src/model/training-options.ts";
import { scoreWindows } from "../../../src/stream/score-windows.ts";
import { machineFrames, machineTags, windowOf } from "../../machine-frames.ts";
import { withFault } from "../../trace-file.ts";

export const LENGTH = 96;
export const training: Pick<TrainModelOptions, "tags" | "windowLength" | "maxEpochs"> = {
  tags: machineTags,
  windowLength: LENGTH,
  maxEpochs: 4,
};
/** Where the fault in the recording begins. */
const FAULT_ROW = 250;
/** Normal operation that the model has not seen, with a fault in it. */
export const recording: readonly Frame[] = withFault(
  machineFrames(500, { seed: 4 }),
  FAULT_ROW,
  FAULT_ROW + 80,
);
export const WINDOWS: number = recording.length - LENGTH + 1;

/** A model large enough to be multiplied in 8 bits, that finds the fault in the recording. */
export async function trainLarge(): Promise<Model> {
  const options = { ...training, name: "machine", hiddenLayers: [256, 16, 256] };
  const model = await trainModel(machineFrames(800), options);
  const highest = Math.max(...(await scoresOf(model)));
  const half = await loadModel(withCard(model, (card) => ({ ...card, threshold: highest / 2 })));
  await model.close();
  return half;
}

/** The model file with another card, sealed again. */
export function withCard(
  { bytes, card }: Model,
  change: (card: ModelCard) => ModelCard,
): Uint8Array {
  const onnx = decodeModel(bytes, card.name);
  onnx.metadataProps = [...foreignMetadata(onnx.metadataProps), cardMetadata(change(card))];
  return sealModel(encodeChanged(onnx));
}

/** Scores of the windows of the recording as a stream, up to a row of it. */
export async function scoresOf(
  scorer: Model,
  untilRow: number = recording.length,
): Promise<readonly number[]> {
  const windows = recording
    .slice(LENGTH - 1, untilRow)
    .map((_, row) => windowOf(recording.slice(row, row + LENGTH)));
  const scores = await lastValueFrom(from(windows).pipe(scoreWindows(scorer), toArray()));
  return scores.map(({ value }) => value);
}

/** The model with a threshold that lies between the scores that it and a changed one give to some window. */
export async function nervousModel(model: Model, changed: Model): Promise<Uint8Array> {
  const before = await scoresOf(model, FAULT_ROW);
  const after = await scoresOf(changed, FAULT_ROW);
  const [[low, high] = [1, 1]] = before
    .map((value, place) => [value, after[place] ?? 0] as const)
    .filter((pair) => Math.min(...pair) > 0.1)
    .toSorted(([a, b], [c, d]) => Math.abs(c - d) - Math.abs(a - b));
  return withCard(model, (card) => ({ ...card, threshold: (low + high) / 2 }));
}
