// Run by training.bench.ts: a long trace from frames to the finished model, in a process of its own, so that its memory is its own.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { type Frame, trainModel } from "wheeltapper";

const ROWS = 100_000;
const TAGS = 52;

/** Waves of different length, some multiplied with each other, and repeatable noise. */
function valueAt(row: number, tag: number): number {
  const wave = Math.sin(row / (20 + 7 * (tag % 9)));
  const product = tag % 3 === 0 ? Math.sin(row / (50 + (tag % 5))) : 1;
  const mixed = Math.imul((row * TAGS + tag) ^ 0x9e3779b9, 0x85ebca6b);
  return wave * product + 0.3 * ((mixed >>> 8) / 2 ** 24 - 0.5);
}

function* frames(): Generator<Frame> {
  for (let row = 0; row < ROWS; row += 1) {
    const values = Float64Array.from({ length: TAGS }, (_, tag) => valueAt(row, tag));
    yield { timeMs: row * 1_000, periodMs: 1_000, values, agesMs: new Float64Array(TAGS) };
  }
}

const recorded = [...frames()];
const tags = Array.from({ length: TAGS }, (_, tag) => ({ name: `tag${tag}` }));
/** Delays of the event loop while something went on. */
async function delaysDuring<T>(work: () => Promise<T>): Promise<{ result: T; delays: object }> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  const result = await work();
  histogram.disable();
  const ms = (nanoseconds: number): number => Math.round(nanoseconds / 1e5) / 10;
  const [median, p99, p999] = [50, 99, 99.9].map((share) => ms(histogram.percentile(share)));
  return { result, delays: { median, p99, p999, max: ms(histogram.max) } };
}

// What a process that does nothing sees here: more than that is ours.
const idle = await delaysDuring(() => setTimeout(5_000));

let epochs = 0;
const startedMs = performance.now();
const cpuBefore = process.cpuUsage();
const started = Promise.withResolvers<void>();
const training = trainModel(recorded, {
  name: "bench",
  tags,
  windowLength: 10,
  onProgress: ({ epoch }) => {
    epochs = epoch;
    started.resolve();
  },
});
const preparing = await delaysDuring(() => Promise.race([started.promise, training]));
const trained = await delaysDuring(() => training);
const seconds = (performance.now() - startedMs) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
await trained.result.close();
console.log(
  JSON.stringify({
    rows: ROWS,
    tags: TAGS,
    windowLength: 10,
    epochs,
    seconds: Math.round(seconds * 10) / 10,
    cpuSeconds: Math.round((user + system) / 1e5) / 10, // on a busy machine this says more
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1_000),
    eventLoopDelayMs: {
      idle: idle.delays,
      beforeTheFirstEpoch: preparing.delays,
      fromThenOn: trained.delays,
    },
  }),
);
