import type { Bench, Case } from "../case.ts";
import { measureInChild } from "../child.ts";
import type { MemoryFigures } from "../children/memory.ts";
import { LENGTH, STRIDE, trainBenchModel } from "../plant.ts";

const PERIOD_MS = 100;

/** What `docs/footprint.md` recommends where memory is short. */
const SHORT = {
  flags: ["--max-semi-space-size=4", "--heap-growing-percent=20"],
  env: { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "131072" },
} as const;

const SETTINGS = {
  "as it comes": { flags: [], env: {} },
  "memory short": SHORT,
} as const;

/**
 * 10,000 readings a second through a whole gateway, as Node comes and with the settings for little memory: at their own pace for some minutes, which is what
 * a gateway needs, and an hour of their own time as fast as they are scored, which shows whether it stays there.
 */
export const memoryCase: Case = {
  title: "Memory over an hour",
  async run(bench) {
    const hour = bench.quick ? 12 : 60;
    const real = bench.quick ? 0.5 : 2;
    const figures = new Map<string, MemoryFigures>();
    for (const [method, settings] of Object.entries(SETTINGS)) {
      const measure = (pace: "real" | "fast", minutes: number): Promise<MemoryFigures> =>
        measureMemory(bench, settings, pace, minutes);
      figures.set(`${method}, real time, ${real} minutes`, await measure("real", real));
      figures.set(`${method}, ${hour} minutes in a hurry`, await measure("fast", hour));
    }
    const all = [...figures].map(([method, one]) => ({ method, ...one }));
    const [asItComes, hurried, short, shortHurried] = all;
    if (!asItComes || !hurried || !short || !shortHurried) throw new Error("a run is missing");
    const { readings, windows, events } = hurried;
    return {
      setup: { tags: 1_000, length: LENGTH, stride: STRIDE, readings, windows, events },
      columns: [
        { key: "heapEarly", title: "heap in use, a twelfth in, MB", unit: "figure" },
        { key: "heapLate", title: "at the end", unit: "figure" },
        { key: "rssEarly", title: "RSS, a twelfth in, MB", unit: "figure" },
        { key: "rssLate", title: "at the end", unit: "figure" },
        { key: "peak", title: "highest", unit: "figure" },
      ],
      rows: all.map(({ method, early, late, peakRssMb }) => ({
        method,
        heapEarly: early.heapMb,
        heapLate: late.heapMb,
        rssEarly: early.rssMb,
        rssLate: late.rssMb,
        peak: peakRssMb,
      })),
      goals: [
        {
          what: "heap in use late, of early, an hour in a hurry",
          value: hurried.late.heapMb / hurried.early.heapMb,
          below: 1.1,
        },
        {
          what: "MB of RSS at most, real time, as it comes",
          value: asItComes.peakRssMb,
          below: 250,
        },
        { what: "MB of RSS at most, real time, memory short", value: short.peakRssMb, below: 250 },
        {
          what: "RSS late, of early, an hour in a hurry, memory short",
          value: shortHurried.late.rssMb / shortHurried.early.rssMb,
          below: 1.1,
        },
        {
          what: "MB of RSS at most, an hour in a hurry, memory short",
          value: shortHurried.peakRssMb,
          below: 250,
        },
      ],
    };
  },
};

async function measureMemory(
  bench: Bench,
  { flags, env }: (typeof SETTINGS)[keyof typeof SETTINGS],
  pace: "real" | "fast",
  minutes: number,
): Promise<MemoryFigures> {
  const model = await trainBenchModel({ periodMs: PERIOD_MS });
  try {
    return await measureInChild<MemoryFigures>(
      {
        ...{ script: "memory", model, env },
        words: [String(minutes), pace],
        flags: ["--expose-gc", ...flags],
      },
      bench,
    );
  } finally {
    await model.close();
  }
}
