import type { GoldenPair } from "../../core/model-card.ts";
import { normalizeInto } from "../../math/normalizer.ts";
import { encodeFloats, loadModel } from "../load-model.ts";
import { measureHoles } from "../measure-holes.ts";
import { type Model, reconstruct } from "../model.ts";
import { cardMetadata, sealModel, sha256 } from "../model-file.ts";
import { encodeMetadataField } from "../onnx/schema.ts";
import type { OnnxSession } from "../runtime.ts";
import { calibrateGraph } from "./calibrate-graph.ts";
import { composePackedCard } from "./compose-packed-card.ts";
import { findWindows, type NormalFrames, readNormal } from "./normal-windows.ts";
import { openForeign } from "./open-foreign.ts";
import type { PackModelOptions, PackSettings } from "./pack-options.ts";
import { type NormalizedWindows, windowAt } from "./packed-answers.ts";
import { requirePackOptions } from "./require-pack-options.ts";
import { type Packable, requirePackable } from "./require-packable.ts";
import { rescale } from "./rescaling.ts";
import { scaleTags } from "./scale-tags.ts";
import { tryForeign } from "./try-foreign.ts";
import { fitWindowInput } from "./window-input.ts";
import { wrapModel } from "./wrap-model.ts";

/** Windows that a foreign graph is tried on, spread over the trace. */
const TRIAL_WINDOWS = 4;

/**
 * Makes a model of an ONNX file from another library: tries it on windows of normal operation, calibrates its score on them, and
 * gives back a model that is ready to score and to be saved, as one that was trained here.
 *
 * The graph must have one float32 input, `[n, length, tags]` or `[n, length * tags]`, `n` open or 1, and must answer with
 * an output of the same shape, a reconstruction or a forecast of each value, or with one score per window, higher for a
 * stranger one. Names do not matter. The same file and frames give the same model, byte for byte.
 *
 * @param onnx the bytes of the file, with all weights in it
 * @throws {@link GatewayError} `CONFIG_INVALID` for options; `MODEL_INVALID` for a file that is too large, is no ONNX file, refers to
 * other files, or has operators that ONNX Runtime does not know; `MODEL_MISMATCH` for a graph that does not fit the tags or
 * the contract above; `TRAINING_DATA_INSUFFICIENT`; what the source throws; and the signal's reason when aborted
 */
export async function packModel(onnx: Uint8Array, options: PackModelOptions): Promise<Model> {
  const settings = requirePackOptions(options);
  const packable = requirePackable(onnx, settings, settings.name);
  const session = await openForeign(onnx, packable.foreign, settings.name);
  try {
    const normal = await readNormal(settings);
    return await pack(onnx, settings, packable, normal, session);
  } finally {
    await session.release();
  }
}

async function pack(
  onnx: Uint8Array,
  settings: PackSettings,
  { foreign, input: like, output }: Packable,
  normal: NormalFrames,
  session: OnnxSession,
): Promise<Model> {
  const { name } = settings;
  const input = fitWindowInput(like, normal.tags.length, settings.windowLength, name);
  const { window } = input;
  const starts = findWindows(normal, window.length);
  const { normalizer, rescaling } = scaleTags(normal, settings);
  const frames = new Float32Array(normal.values.length);
  normalizeInto(frames, 0, normal.values, normalizer);
  const windows = { frames, starts, window };
  const asForeign = (some: Float32Array): Float32Array =>
    rescaling === undefined ? some : rescale(some, rescaling);
  const trial = await tryForeign({
    session,
    input,
    output,
    windows: sampleWindows(windows).map(asForeign),
    still: asForeign(new Float32Array(window.length * window.tags)),
    model: name,
  });

  const graph = await calibrateGraph(
    trial.answer,
    windows,
    async (answer) => {
      const single = { ...input, single: trial.single };
      const bytes = wrapModel(onnx, foreign, { input: single, output, rescaling, answer });
      return { bytes, session: await openForeign(bytes, foreign, name) };
    },
    name,
  );
  try {
    const composed = composePackedCard({
      ...graph,
      settings,
      normal,
      windowLength: window.length,
      starts,
      answer: trial.answer,
      normalizer,
      foreign,
      sha256: sha256(onnx),
    });
    const card = { ...composed, golden: await recordGolden(graph.session, windows) };
    const neverAnomalous = { ...card, threshold: Number.MAX_VALUE }; // no need to find the tags behind scores
    const missingRise = await measureHoles(neverAnomalous, graph.session, normal.values, starts);
    const calibration = { ...card.calibration, missingRise };
    const entry = encodeMetadataField(cardMetadata({ ...card, calibration }));
    return await loadModel(sealModel(Buffer.concat([graph.bytes, entry])));
  } finally {
    await graph.session.release();
  }
}

function sampleWindows(windows: NormalizedWindows): readonly Float32Array[] {
  const { starts } = windows;
  return Array.from({ length: TRIAL_WINDOWS }, (_, place) => {
    const nth = Math.floor((place * (starts.length - 1)) / (TRIAL_WINDOWS - 1));
    return windowAt(windows, starts[nth] as number);
  });
}

/** Records what the graph answers to the first and the last window. */
async function recordGolden(
  session: OnnxSession,
  windows: NormalizedWindows,
): Promise<readonly GoldenPair[]> {
  const pairs: GoldenPair[] = [];
  for (const start of [windows.starts[0], windows.starts.at(-1)]) {
    const input = windowAt(windows, start as number).slice();
    const output = await reconstruct(session, input, input.length);
    pairs.push({ input: encodeFloats(input), output: encodeFloats(output) });
  }
  return pairs;
}
