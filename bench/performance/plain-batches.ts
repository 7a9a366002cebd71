import type { ModelCard } from "wheeltapper";
import { errorWeights } from "../../src/math/window-error.ts";
import { BATCH, type PlainSession } from "./runtime.ts";
import type { Tally } from "./streams.ts";

/** Windows on their way through the network. */
interface Batch {
  readonly input: Float32Array;
  readonly machines: Int32Array;
  size: number;
}

/** Collects normalized windows of all machines, runs them in full batches, and judges them. */
export interface PlainBatches {
  readonly tally: Readonly<Tally>;
  /** Where the next window has its place. */
  readonly next: { readonly input: Float32Array; readonly offset: number };
  /** Says that the next window is written. */
  add(machine: number): void;
  /** Resolves once every batch that is full has been scored; with `rest`, the unfinished one, too. */
  scored(rest: boolean): Promise<void>;
}

export function createPlainBatches(
  card: ModelCard,
  session: PlainSession,
  machines: number,
): PlainBatches {
  const cells = card.windowLength * card.tags.length;
  const measure = createMeasure(card);
  const tally = { windows: 0, events: 0, scores: 0 };
  const judge = createJudge(card, machines, tally);
  let filling = createBatch(cells);
  let spare = createBatch(cells);
  let running: Promise<void> = Promise.resolve();

  const run = async ({ input, machines: places, size }: Batch): Promise<void> => {
    const windows = input.subarray(0, size * cells);
    const output = await session.run(windows);
    for (let window = 0; window < size; window += 1) {
      judge(places[window] as number, measure(windows, output, window * cells));
    }
  };
  const start = (): void => {
    const [full, before] = [filling, running];
    filling = spare;
    filling.size = 0;
    spare = full;
    running = before.then(() => run(full));
  };

  return {
    tally,
    get next() {
      return { input: filling.input, offset: filling.size * cells };
    },
    add(machine) {
      filling.machines[filling.size] = machine;
      filling.size += 1;
      if (filling.size === BATCH) start();
    },
    async scored(rest) {
      if (rest && filling.size > 0) start();
      await running;
    },
  };
}

function createBatch(cells: number): Batch {
  return { input: new Float32Array(BATCH * cells), machines: new Int32Array(BATCH), size: 0 };
}

/** Takes the error of a window into the average of its machine, and counts when that crosses the threshold. */
function createJudge(
  {
    calibration: { logMean, logDeviation },
    stride,
    periodMs,
    smoothingMs = 0,
    threshold,
  }: ModelCard,
  machines: number,
  tally: Tally,
): (machine: number, error: number) => void {
  const weight = -Math.expm1((-stride * periodMs) / smoothingMs);
  const smoothed = new Float64Array(machines);
  const isOpen = new Uint8Array(machines);
  return (machine, error) => {
    const value = (Math.log(Math.max(error, 1e-9)) - logMean) / logDeviation;
    const before = smoothed[machine] as number;
    const now = before + weight * (value - before);
    smoothed[machine] = now;
    tally.windows += 1;
    tally.scores += now;
    const isAnomalous = now >= threshold ? 1 : 0;
    if (isAnomalous !== isOpen[machine]) tally.events += 1;
    isOpen[machine] = isAnomalous;
  };
}

/** Mean squared size of the whitened residuals, and of the frames by the inverse covariance of normal ones. */
function createMeasure({
  calibration,
  windowLength,
  tags: { length: width },
}: ModelCard): (input: Float32Array, output: Float32Array, offset: number) => number {
  const { whitening, frames } = errorWeights(calibration);
  const precision = frames?.roomyPrecision ?? new Float64Array(width * width);
  const residuals = new Float64Array(width);
  return (input, output, offset) => {
    let [sum, distance] = [0, 0];
    for (let first = offset; first < offset + windowLength * width; first += width) {
      for (let tag = 0; tag < width; tag += 1) {
        residuals[tag] = (input[first + tag] as number) - (output[first + tag] as number);
      }
      for (let tag = 0; tag < width; tag += 1) {
        let [white, far] = [0, 0];
        for (let other = 0; other < width; other += 1) {
          const at = tag * width + other;
          white += (whitening[at] as number) * (residuals[other] as number);
          far += (precision[at] as number) * (input[first + other] as number);
        }
        sum += white * white;
        distance += far * (input[first + tag] as number);
      }
    }
    return (sum + Math.max(0, distance)) / (windowLength * width);
  };
}
