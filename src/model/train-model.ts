import type { Observable } from "rxjs";
import type { Frame } from "../core/frame.ts";
import type { GoldenPair, ModelCard } from "../core/model-card.ts";
import type { Tag } from "../core/tag.ts";
import { GatewayError } from "../errors.ts";
import { fitNormalizer, normalizeInto } from "../math/normalizer.ts";
import { requireTags } from "../math/require-tags.ts";
import type { Source } from "../sources/source.ts";
import { calibrate } from "./calibrate.ts";
import { composeCard } from "./compose-card.ts";
import { fitNetwork } from "./fit-network.ts";
import { encodeFloats, loadModel } from "./load-model.ts";
import { measureHoles } from "./measure-holes.ts";
import { type Model, reconstruct } from "./model.ts";
import { cardMetadata, sealModel } from "./model-file.ts";
import { encodeNetwork } from "./onnx/network.ts";
import type { WindowShape } from "./onnx/training-graph.ts";
import { requireTrainingOptions } from "./require-training-options.ts";
import { type OnnxSession, openSession } from "./runtime.ts";
import { collectFrames, readFrames } from "./training-frames.ts";
import type { TrainingSettings, TrainModelOptions } from "./training-options.ts";
import {
  framesNeeded,
  MIN_HELD_OUT_WINDOWS,
  splitWindows,
  type TrainingWindows,
} from "./training-windows.ts";

/** A source, recorded or live (then with `watchMs`), or frames that are aligned already. */
export type TrainingData = Source | Observable<Frame> | Iterable<Frame>;

/**
 * Learns what normal looks like: trains an autoencoder on the spot, calibrates its score on held-out blocks of
 * time, and gives back a model that is ready to score and to be saved.
 *
 * Runs on this thread. The epochs give way to other work every ten milliseconds or so; what comes before and after
 * (normalizing the frames, calibrating) is one piece each, and takes the longer the longer the recording is. Deterministic
 * for a seed. `data` must end, and must show normal operation; windows with an unknown cell are left out, and a
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
  settings: TrainingSettings,
): Promise<Model> {
  const { windowLength, normalizer: kind, clip } = settings;
  const values = flatten(frames, tags);
  const windows = splitWindows(frames, windowLength, knownRows(values, tags.length));
  requireEnough(frames, windows, tags, values, windowLength);

  const normalizer = fitNormalizer(values, tags, { kind, clip });
  const normalized = new Float32Array(values.length);
  normalizeInto(normalized, 0, values, normalizer);
  const window = { length: windowLength, tags: tags.length };
  const cells = windowLength * tags.length;
  const layers = [cells, ...(settings.hiddenLayers ?? usualLayers(cells)), cells];
  const design = { layers, activation: "tanh" } as const;
  const fitted = await fitNetwork(normalized, windows, {
    ...settings,
    design,
    window,
    onProgress: settings.onProgress ?? (() => {}),
    signal: settings.signal,
  });
  const { calibration, threshold } = calibrate(fitted.heldOutSquares, window);
  const session = await openSession(encodeNetwork(design, fitted.parameters, []), "network");
  const card: ModelCard = {
    ...composeCard({ frames, tags, settings, windows, fitted, layers, threshold }),
    normalizer,
    calibration,
    golden: await recordGolden(normalized, windows.heldOut, window, session),
  };
  const missingRise = await measureHoles(card, session, values, windows.heldOut);
  await session.release();
  const complete = { ...card, calibration: { ...calibration, missingRise } };
  const body = encodeNetwork(design, fitted.parameters, [cardMetadata(complete)]);
  return loadModel(sealModel(body));
}

function usualLayers(cells: number): readonly number[] {
  const within = (low: number, size: number, high: number): number =>
    Math.min(high, Math.max(low, Math.round(size)));
  const outer = within(8, cells / 2, 128);
  return [outer, within(2, cells / 16, 16), outer];
}

/**
 * Puts the frames into one array; a cell that is not finite becomes `NaN`.
 *
 * @throws GatewayError `CONFIG_INVALID` when the frames do not have one cell per tag.
 */
function flatten(frames: readonly Frame[], tags: readonly Tag[]): Float64Array {
  const values = new Float64Array(frames.length * tags.length);
  frames.forEach((frame, row) => {
    if (frame.values.length !== tags.length) {
      throw new GatewayError(
        "CONFIG_INVALID",
        `trainModel: expected one tag per cell of a frame (${frame.values.length}), got ${tags.length} tags`,
        { hint: "Give `tags` in the order in which the readings were aligned." },
      );
    }
    values.set(frame.values, row * tags.length);
  });
  values.forEach((value, cell) => {
    if (!Number.isFinite(value)) values[cell] = Number.NaN;
  });
  return values;
}

function knownRows(values: Float64Array, tags: number): boolean[] {
  return Array.from({ length: values.length / tags }, (_, row) =>
    values.subarray(row * tags, (row + 1) * tags).every((value) => !Number.isNaN(value)),
  );
}

function requireEnough(
  frames: readonly Frame[],
  { training, heldOut }: TrainingWindows,
  tags: readonly Tag[],
  values: Float64Array,
  windowLength: number,
): void {
  if (training.length > 0 && heldOut.length >= MIN_HELD_OUT_WINDOWS) return;
  const empty = tags.filter((_, tag) =>
    frames.every((__, row) => Number.isNaN(values[row * tags.length + tag])),
  );
  const why =
    empty.length > 0 && frames.length > 0
      ? `no good reading of ${empty.map(({ name }) => name).join(", ")}`
      : `${frames.length} frames with ${training.length} windows to learn from and ${heldOut.length} to hold out`;
  throw new GatewayError(
    "TRAINING_DATA_INSUFFICIENT",
    `expected at least ${framesNeeded(windowLength)} frames in a row with every tag known for windows of ${windowLength}, got ${why}`,
    { hint: "Record longer, shorten the window, or leave the tag out." },
  );
}

/** Records what the network answers to a few held-out windows. */
async function recordGolden(
  normalized: Float32Array,
  heldOut: Uint32Array,
  { length, tags }: WindowShape,
  session: OnnxSession,
): Promise<readonly GoldenPair[]> {
  const pairs: GoldenPair[] = [];
  for (const start of [heldOut[0] as number, heldOut.at(-1) as number]) {
    const input = normalized.slice(start * tags, (start + length) * tags);
    const output = await reconstruct(session, input, input.length);
    pairs.push({ input: encodeFloats(input), output: encodeFloats(output) });
  }
  return pairs;
}
