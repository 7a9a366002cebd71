import type { ModelCard } from "../../core/model-card.ts";
import { alarmLevelsOf } from "../learn/alarm-levels.ts";
import { type RecordedTags, readRecording } from "../learn/read-recording.ts";
import { recordGolden } from "../learn/record-golden.ts";
import { loadModel } from "../load-model.ts";
import { measureHoles } from "../measure-holes.ts";
import type { Model } from "../model.ts";
import { cardMetadata, sealModel, sha256 } from "../model-file.ts";
import { encodeMetadataField } from "../onnx/schema.ts";
import type { OnnxSession } from "../runtime.ts";
import { type CalibratedGraph, calibrateGraph } from "./calibrate-graph.ts";
import { composePackedCard } from "./compose-packed-card.ts";
import { openForeign } from "./open-foreign.ts";
import type { PackModelOptions, PackSettings } from "./pack-options.ts";
import { type PreparedWindows, prepareWindows, trialWindows } from "./prepare-windows.ts";
import { requirePackOptions } from "./require-pack-options.ts";
import { type Packable, requirePackable } from "./require-packable.ts";
import { tryForeign } from "./try-foreign.ts";
import { wrapModel } from "./wrap-model.ts";

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
    const normal = await readRecording("packModel", settings.normal, settings);
    return await pack(onnx, settings, packable, normal, session);
  } finally {
    await session.release();
  }
}

async function pack(
  onnx: Uint8Array,
  settings: PackSettings,
  { foreign, input: like, output }: Packable,
  normal: RecordedTags,
  session: OnnxSession,
): Promise<Model> {
  const { name, stride, falseAlarmsPerDay } = settings;
  const windows = await prepareWindows(like, normal, settings);
  const { input, prepared, rescaling } = windows;
  const tried = { session, input, output, ...trialWindows(windows), model: name };
  const { answer, single } = await tryForeign(tried);
  const graph = await calibrateGraph(
    answer,
    {
      ...windows,
      runs: prepared.lesson.runs,
      window: input.window,
      stride,
      smoothing: prepared.smoothing,
    },
    async (kind) => {
      const wrapping = { input: { ...input, single }, output, rescaling, answer: kind };
      const bytes = wrapModel(onnx, foreign, wrapping);
      return { bytes, session: await openForeign(bytes, foreign, name) };
    },
    name,
  );
  try {
    const card = composePackedCard({
      ...windows,
      ...graph,
      settings,
      normal,
      answer,
      levels: alarmLevelsOf(graph.heldOut, falseAlarmsPerDay, stride * normal.table.periodMs),
      foreign,
      sha256: sha256(onnx),
    });
    return await loadModel(await complete(card, graph, windows, normal));
  } finally {
    await graph.session.release();
  }
}

/** The file: the wrapped graph, the card with what only a run of the graph can tell, and the seal. */
async function complete(
  composed: Omit<ModelCard, "golden">,
  { bytes, session }: CalibratedGraph,
  { frames, starts, input: { window } }: PreparedWindows,
  { table }: RecordedTags,
): Promise<Uint8Array> {
  const card = { ...composed, golden: await recordGolden(frames, starts, window, session) };
  const neverAnomalous = { ...card, threshold: Number.MAX_VALUE }; // no need to find the tags behind scores
  const missingRise = await measureHoles(neverAnomalous, session, table.values, starts);
  const calibration = { ...card.calibration, missingRise };
  const entry = encodeMetadataField(cardMetadata({ ...card, calibration }));
  return sealModel(Buffer.concat([bytes, entry]));
}
