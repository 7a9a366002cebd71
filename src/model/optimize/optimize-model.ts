import type { ModelCard, OptimizationStep } from "../../core/model-card.ts";
import { GatewayError } from "../../errors.ts";
import { decodeFloats, loadModel } from "../load-model.ts";
import type { Model } from "../model.ts";
import { cardMetadata, foreignMetadata, sealModel } from "../model-file.ts";
import { decodeModel, encodeChanged, type OnnxModel } from "../onnx/schema.ts";
import { type OnnxSession, openSession } from "../runtime.ts";
import { calibrationFrames } from "./calibration-frames.ts";
import { compareScores } from "./compare-scores.ts";
import { convertToOrt, describeMachine } from "./convert-to-ort.ts";
import { putIntoEightBits } from "./eight-bits.ts";
import { measureLatency } from "./measure-latency.ts";
import {
  type OptimizeModelOptions,
  type OptimizeSettings,
  requireOptimizeOptions,
} from "./optimize-options.ts";
import type { AnswerChange, CalibrationChange, OptimizeReport } from "./optimize-report.ts";
import type { QuantizedMatrices } from "./quantize-graph.ts";
import {
  answerAgain,
  LEAST_SIZE,
  outputsOf,
  percent,
  requireAlike,
  rms,
} from "./recorded-answers.ts";

export interface OptimizedModel {
  /** Ready to score and to be saved. */
  readonly model: Model;
  readonly report: OptimizeReport;
}

/**
 * How far the golden answers of an 8-bit graph may be off on another machine, by the size of the answers: a float that is another in
 * its last bit may be rounded to the next byte.
 */
const INT8_TOLERANCE = 0.05;

/**
 * Makes a model smaller and faster for the edge, and measures what that gains and what it changes.
 *
 * The new model keeps name, calibration and threshold, and has a version of its own, `1+int8` after `1`; its card says which model it
 * was made from. Takes about a second, half of it timing on this thread. Compare on a recording from the machine: without
 * `calibration` nothing is known of the alarms.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for options; `MODEL_MISMATCH` when the model was optimized before, has nothing to put
 * into 8 bits, does not survive it, or when more than `maxAlarmChange` of the windows get another verdict; `TRACE_INVALID` when the
 * recording is too short for a window; and what reading the source throws
 */
export async function optimizeModel(
  model: Model,
  options: OptimizeModelOptions,
): Promise<OptimizedModel> {
  const settings = requireOptimizeOptions(options);
  requireFirstTime(model.card);
  const { optimized, matrices, answers } = await rewrite(model, settings.steps);
  try {
    const calibration = await compareOnCalibration(model, optimized, settings);
    const report: OptimizeReport = {
      bytes: { before: model.bytes.length, after: optimized.bytes.length },
      ...(matrices !== undefined && { matrices }),
      latency: await timeBoth(model, optimized),
      answers,
      threshold: optimized.card.threshold,
      ...(calibration !== undefined && { calibration }),
    };
    return { model: optimized, report };
  } catch (error) {
    await optimized.close();
    throw error;
  }
}

function requireFirstTime({ name, provenance }: ModelCard): void {
  if (provenance.optimizedFrom === undefined) return;
  const { steps, version } = provenance.optimizedFrom;
  throw new GatewayError(
    "MODEL_MISMATCH",
    `model "${name}": expected a model as it was trained, got one with ${steps.join(" and ")} already`,
    { hint: `Optimize version ${version}, which it was made from, with all steps at once.` },
  );
}

interface Rewritten {
  readonly optimized: Model;
  readonly matrices: QuantizedMatrices | undefined;
  readonly answers: AnswerChange;
}

async function rewrite(
  { bytes, card, identity }: Model,
  steps: readonly OptimizationStep[],
): Promise<Rewritten> {
  const read = (): OnnxModel => decodeModel(bytes, card.name);
  const { onnx, matrices, answered } = steps.includes("int8")
    ? await putIntoEightBits(read, card, !steps.includes("ort"))
    : { onnx: read(), matrices: undefined, answered: await answerAgain(card, read()) };
  const { golden, change: answers } = answered;
  requireAlike(card.name, answers);
  const joint = card.version.includes("+") ? "." : "+";
  const fresh: ModelCard = {
    ...card,
    version: `${card.version}${joint}${steps.join(".")}`,
    golden,
    ...(matrices !== undefined &&
      matrices.multiplied > 0 && { goldenTolerance: tolerance(golden) }),
    provenance: {
      ...card.provenance,
      optimizedFrom: { ...identity, steps, machine: await describeMachine() },
    },
  };
  onnx.metadataProps = [...foreignMetadata(onnx.metadataProps), cardMetadata(fresh)];
  const body = encodeChanged(onnx);
  const file = steps.includes("ort") ? await convertToOrt(body, card.name) : body;
  return { optimized: await loadModel(sealModel(file)), matrices, answers };
}

function tolerance(golden: ModelCard["golden"]): number {
  return Math.max(LEAST_SIZE, INT8_TOLERANCE * rms(outputsOf(golden)));
}

/** @throws GatewayError `MODEL_MISMATCH` when the alarms are others, `TRACE_INVALID` when there is no window */
async function compareOnCalibration(
  model: Model,
  optimized: Model,
  { calibration, maxAlarmChange }: OptimizeSettings,
): Promise<CalibrationChange | undefined> {
  if (calibration === undefined) return undefined;
  const frames = await calibrationFrames(calibration, model.card);
  const change = await compareScores(model, optimized, frames);
  const { name, windowLength, periodMs } = model.card;
  if (change.windows === 0) {
    throw new GatewayError(
      "TRACE_INVALID",
      `model "${name}": expected at least ${windowLength} frames of ${periodMs} ms in a row to compare on, got fewer`,
      { hint: "Compare on a longer recording." },
    );
  }
  const { changedShare, before, after } = change.alarms;
  if (changedShare <= maxAlarmChange) return change;
  throw new GatewayError(
    "MODEL_MISMATCH",
    `model "${name}": expected another verdict for at most ${percent(maxAlarmChange)} of ${change.windows} windows, ` +
      `got ${percent(changedShare)} (alarms before ${before}, after ${after})`,
    { hint: "Use the model as it is, or allow a larger change." },
  );
}

async function timeBoth(model: Model, optimized: Model): Promise<OptimizeReport["latency"]> {
  const { card } = optimized;
  const golden = card.golden[0];
  const window =
    golden === undefined
      ? new Float32Array(card.windowLength * card.tags.length)
      : decodeFloats(golden.input);
  const sessions: OnnxSession[] = [];
  const open = async ({ bytes }: Model) => {
    const session = await openSession(bytes, card.name);
    sessions.push(session);
    return { bytes, session };
  };
  try {
    return await measureLatency(await open(model), await open(optimized), window);
  } finally {
    for (const session of sessions) await session.release();
  }
}
