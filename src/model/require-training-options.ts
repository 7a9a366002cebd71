import { isObservable } from "rxjs";
import { GatewayError } from "../errors.ts";
import {
  requireCount,
  requireKnown,
  requireNotNegative,
  requireOneOf,
  requirePositive,
} from "../math/range-checks.ts";
import { requireReadFramesOptions } from "./training-frames.ts";
import {
  TRAINING_DEFAULTS,
  type TrainingSettings,
  type TrainModelOptions,
} from "./training-options.ts";

const OWNER = "trainModel";

const TRAINING_OPTIONS: readonly (keyof TrainModelOptions)[] = [
  "name",
  "version",
  "tags",
  "periodMs",
  "watchMs",
  "kind",
  "windowLength",
  "stride",
  "normalizer",
  "clip",
  "running",
  "driftMs",
  "smoothingMs",
  "falseAlarmsPerDay",
  "maxLeftOutShare",
  "hiddenLayers",
  "batchSize",
  "learningRate",
  "maxEpochs",
  "patience",
  "seed",
  "checkpointPath",
  "onProgress",
  "signal",
];

/**
 * Checks everything that can be known to be wrong before a single reading is taken; the tags come later, as a source
 * may have to read a file to know its own.
 *
 * @returns the options with their defaults; one that is `undefined` takes its default, too
 * @throws GatewayError `CONFIG_INVALID` naming the option, what it must be, and what it is.
 */
export function requireTrainingOptions(
  data: unknown,
  options: TrainModelOptions,
): TrainingSettings {
  requireData(data);
  requireKnown(OWNER, options, TRAINING_OPTIONS);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings = { ...TRAINING_DEFAULTS, ...Object.fromEntries(given) } as TrainingSettings;
  const { name, version, kind, stride, batchSize, maxEpochs, patience } = settings;
  const { clip, learningRate, seed, normalizer, hiddenLayers = [] } = settings;
  const { windowLength, driftMs, smoothingMs, falseAlarmsPerDay, maxLeftOutShare } = settings;
  requireText({ name, version });
  requireCount(OWNER, { stride, batchSize, maxEpochs, patience });
  if (windowLength !== undefined) requireCount(OWNER, { windowLength });
  requirePositive(OWNER, { clip, learningRate, falseAlarmsPerDay });
  if (driftMs !== undefined) requirePositive(OWNER, { driftMs });
  if (smoothingMs !== undefined) requirePositive(OWNER, { smoothingMs });
  requireNotNegative(OWNER, { maxLeftOutShare });
  if (maxLeftOutShare > 0.5) throw invalid("maxLeftOutShare", "0 to 0.5", maxLeftOutShare);
  requireOneOf(OWNER, "kind", kind, ["autoencoder", "pca", "z-score"]);
  requireReadFramesOptions(OWNER, settings);
  if (!Number.isSafeInteger(seed)) throw invalid("seed", "a whole number", seed);
  requireOneOf(OWNER, "normalizer", normalizer, ["auto", "standard", "robust"]);
  if (!Array.isArray(hiddenLayers)) {
    throw invalid("hiddenLayers", "an array of layer sizes", hiddenLayers);
  }
  hiddenLayers.forEach((size: number, layer) => {
    requireCount(OWNER, { [`hiddenLayers[${layer}]`]: size });
  });
  return settings;
}

function requireData(data: unknown): void {
  if (isObservable(data)) return;
  if (typeof data === "object" && data !== null) {
    if ("readings" in data && isObservable(data.readings)) return;
    if (Symbol.iterator in data) return;
  }
  throw new GatewayError(
    "CONFIG_INVALID",
    `${OWNER}: data must be a source, an observable of frames or an iterable of frames, got ${show(data)}`,
    { hint: "Wrap the path of a recording in `traceSource`." },
  );
}

function requireText(options: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (typeof value === "string" && value !== "") continue;
    throw invalid(option, "a text that is not empty", value);
  }
}

function invalid(option: string, expected: string, got: unknown): GatewayError {
  return new GatewayError(
    "CONFIG_INVALID",
    `${OWNER}: ${option} must be ${expected}, got ${show(got)}`,
  );
}

function show(value: unknown): string {
  if (typeof value === "string" || Array.isArray(value)) return JSON.stringify(value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
