import type { Model } from "wheeltapper";
import type { Bench, Case } from "../case.ts";
import { measureInChild } from "../child.ts";
import type { LoopFigures } from "../children/event-loop.ts";
import { STRIDE, TAGS, trainBenchModel } from "../plant.ts";
import { median } from "../turns.ts";

const SMALL = { windowLength: 32, hiddenLayers: [128, 16, 128] };
/** So large that a batch of 256 takes tens of milliseconds. */
const LARGE = { windowLength: 128, hiddenLayers: [1024, 64, 1024], learningRate: 3e-4 };

/** How long everything else in the process has to wait while windows are scored as fast as they can be. */
export const eventLoopCase: Case = {
  title: "The event loop while scoring at full rate",
  async run(bench) {
    const measured: { readonly method: string; readonly figures: LoopFigures }[] = [];
    for (const network of [SMALL, LARGE]) {
      const windows = (bench.quick ? 1 / 4 : 1) * (network === SMALL ? 512 : 64);
      const model = await trainBenchModel(network);
      const figures = await measure(model, windows, bench);
      const { layers = [] } = model.card.provenance;
      measured.push({ method: `network ${layers.join("-")}`, figures });
      await model.close();
    }
    return {
      setup: { machines: 64, tags: TAGS, stride: STRIDE },
      columns: [
        { key: "windowsPerSecond", title: "windows/s", unit: "figure" },
        { key: "p50Ms", title: "delay p50, ms", unit: "figure" },
        { key: "p99Ms", title: "p99, ms", unit: "figure" },
        { key: "maxMs", title: "max, ms", unit: "figure" },
      ],
      rows: measured.map(({ method, figures }) => ({ method, ...figures })),
      goals: measured.map(({ method, figures }) => ({
        what: `ms of delay, p99, ${method}`,
        value: figures.p99Ms,
        below: 10,
      })),
    };
  },
};

async function measure(model: Model, windows: number, bench: Bench): Promise<LoopFigures> {
  const rounds = await measureInChild<readonly LoopFigures[]>(
    { script: "event-loop", model, words: [String(windows)] },
    bench,
  );
  const of = (key: keyof LoopFigures): number => median(rounds.map((round) => round[key]));
  return {
    windowsPerSecond: of("windowsPerSecond"),
    p50Ms: of("p50Ms"),
    p99Ms: of("p99Ms"),
    maxMs: of("maxMs"),
  };
}
