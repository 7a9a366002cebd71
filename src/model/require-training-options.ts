import {
  requireCount,
  requireKnown,
  requireNotNegative,
  requireOneOf,
  requirePositive,
} from "../math/range-checks.ts";
import { optionChecks } from "./option-checks.ts";
import { requireReadFramesOptions } from "./training-frames.ts";
import {
  TRAINING_DEFAULTS,
  type TrainingSettings,
  type TrainModelOptions,
} from "./training-options.ts";

const OWNER = "trainModel";
const { invalid, requireData, requireText } = optionChecks(OWNER);

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
  "harmless",
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
  requireData("data", data);
  requireKnown(OWNER, options, TRAINING_OPTIONS);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings = { ...TRAINING_DEFAULTS, ...Object.fromEntries(given) } as TrainingSettings;
  const { name, version, kind, stride, batchSize, maxEpochs, patience } = settings;
  const { clip, learningRate, seed, normalizer, hiddenLayers = [] } = settings;
  const { windowLength, driftMs, smoothingMs, falseAlarmsPerDay, maxLeftOutShare } = settings;
  const { harmless = [] } = settings;
  requireText({ name, version });
  requireCount(OWNER, { stride, batchSize, maxEpochs, patience });
  if (windowLength !== undefined) requireCount(OWNER, { windowLength });
  requirePositive(OWNER, { clip, learningRate, falseAlarmsPerDay });
  if (driftMs !== undefined) requirePositive(OWNER, { driftMs });
  if (smoothingMs !== undefined) requirePositive(OWNER, { smoothingMs });
  requireNotNegative(OWNER, { maxLeftOutShare });
  if (maxLeftOutShare > 0.5) throw invalid("maxLeftOutShare", "0 to 0.5", maxLeftOutShare);
  if (!harmless.every(({ fromMs, toMs }) => fromMs <= toMs)) {
    throw invalid("harmless", "stretches that begin before they end", harmless);
  }
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
