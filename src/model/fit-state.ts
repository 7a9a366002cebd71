import { initialParameters, type NetworkDesign, parameterShapes } from "./onnx/network.ts";
import { momentName, parameterName, varianceName } from "./onnx/training-graph.ts";
import type { TensorData } from "./runtime.ts";

/** Everything that training goes on from: plain data, the same bytes lead to the same network. */
export interface FitState {
  /** Epochs done. */
  readonly epoch: number;
  /** Batches done. */
  readonly step: number;
  readonly parameters: readonly Float32Array[];
  /** Adam's means of the gradients and of their squares. */
  readonly moments: readonly Float32Array[];
  readonly variances: readonly Float32Array[];
  /** Windows above this loss teach nothing in the coming epoch. */
  readonly lossLimit: number;
  /** The epoch with the lowest held-out loss so far. */
  readonly best: FittedEpoch;
}

export interface FittedEpoch {
  readonly epoch: number;
  readonly parameters: readonly Float32Array[];
  readonly trainingLoss: number;
  readonly validationLoss: number;
  readonly leftOutShare: number;
}

type Feeds = Readonly<Record<string, TensorData>>;

/** What training starts from: no epoch done, and nothing better known. */
export function initialState(design: NetworkDesign, seed: number): FitState {
  const parameters = initialParameters(design, seed);
  const zeros = (): Float32Array[] => parameters.map(({ length }) => new Float32Array(length));
  const lossLimit = Number.POSITIVE_INFINITY;
  const losses = { trainingLoss: 0, validationLoss: 0, leftOutShare: 0 };
  const best = { epoch: 0, parameters, ...losses };
  return {
    epoch: 0,
    step: 0,
    parameters,
    moments: zeros(),
    variances: zeros(),
    lossLimit,
    best,
  };
}

/** The parameters as inputs of a graph. */
export function parameterFeeds(
  parameters: readonly Float32Array[],
  { layers }: NetworkDesign,
): Feeds {
  const shapes = parameterShapes(layers);
  return Object.fromEntries(
    parameters.map((data, place) => [
      parameterName(place),
      { data, dimensions: shapes[place] ?? [] },
    ]),
  );
}

/** What changes from batch to batch, as inputs of the trainer. */
export function trainerFeeds(
  { step, parameters, moments, variances }: FitState,
  { layers }: NetworkDesign,
): Feeds {
  const feeds: Record<string, TensorData> = {
    step: { data: Float32Array.of(step), dimensions: [] },
  };
  parameterShapes(layers).forEach((dimensions, place) => {
    feeds[parameterName(place)] = { data: parameters[place] as Float32Array, dimensions };
    feeds[momentName(place)] = { data: moments[place] as Float32Array, dimensions };
    feeds[varianceName(place)] = { data: variances[place] as Float32Array, dimensions };
  });
  return feeds;
}

/** What the trainer gave out, as its inputs of the next run. */
export function nextFeeds(before: Feeds, results: Feeds): Feeds {
  return Object.fromEntries(
    Object.keys(before).map((name) => [name, results[`next_${name}`] as TensorData]),
  );
}

/** The state in which a run of batches left `before`. */
export function stateOf(feeds: Feeds, before: FitState): FitState {
  const gather = (nameOf: (place: number) => string): readonly Float32Array[] =>
    before.parameters.map((_, place) => feeds[nameOf(place)]?.data as Float32Array);
  return {
    ...before,
    step: Number(feeds["step"]?.data[0]),
    parameters: gather(parameterName),
    moments: gather(momentName),
    variances: gather(varianceName),
  };
}
