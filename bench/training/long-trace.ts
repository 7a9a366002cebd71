// Run by training.bench.ts: a long trace from frames to the finished model, in a process of its own, so that its memory is its own.
import { monitorEventLoopDelay } from "node:perf_hooks";
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
const delays = monitorEventLoopDelay({ resolution: 1 });
let epochs = 0;
const startedMs = performance.now();
delays.enable();
const model = await trainModel(recorded, {
  name: "bench",
  tags,
  windowLength: 10,
  onProgress: ({ epoch }) => {
    epochs = epoch;
  },
});
delays.disable();
const seconds = (performance.now() - startedMs) / 1_000;
await model.close();
const milliseconds = (nanoseconds: number): number => Math.round(nanoseconds / 1e5) / 10;
console.log(
  JSON.stringify({
    rows: ROWS,
    tags: TAGS,
    windowLength: 10,
    epochs,
    seconds: Math.round(seconds * 10) / 10,
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1_000),
    eventLoopDelayMs: {
      median: milliseconds(delays.percentile(50)),
      p99: milliseconds(delays.percentile(99)),
      p999: milliseconds(delays.percentile(99.9)),
      max: milliseconds(delays.max),
    },
  }),
);
