import { identity } from "rxjs";
import type { Frame, Model } from "wheeltapper";
import type { Case } from "../case.ts";
import { feedFrames } from "../feed-frames.ts";
import { LENGTH, STRIDE, TAGS, trainBenchModel } from "../plant.ts";
import { createReplay, type Replay } from "../replay.ts";
import { BATCH } from "../runtime.ts";
import { openStreams } from "../streams.ts";
import { median, medianRatio, takeTurns } from "../turns.ts";

const MACHINES = [1, 4, 16, 64, 256];

/** The same number of windows, of ever more machines with one model: what a window costs must not grow with them. */
export const growthCase: Case = {
  title: "Cost as machines grow",
  async run(bench) {
    const windows = bench.quick ? 4_096 : 16_384;
    const model = await trainBenchModel();
    const figures = await takeTurns(
      Object.fromEntries(
        MACHINES.map((machines) => [
          nameOf(machines),
          () => costOf(model, createReplay(machines, 1_000, false), windows / machines),
        ]),
      ),
      bench.quick ? 3 : 7,
      bench,
    );
    await model.close();
    const ratios = MACHINES.map((machines) => medianRatio(figures, nameOf(machines), nameOf(1)));
    return {
      setup: { tags: TAGS, length: LENGTH, stride: STRIDE, windows },
      columns: [
        { key: "microseconds", title: "µs per window", unit: "figure" },
        { key: "ratio", title: "of one machine's", unit: "figure" },
      ],
      rows: MACHINES.map((machines, place) => ({
        method: nameOf(machines),
        microseconds: median(figures[nameOf(machines)] ?? []),
        ratio: ratios[place] ?? Number.NaN,
      })),
      goals: [
        { what: "most per window, of one machine's cost", value: Math.max(...ratios), below: 1.15 },
      ],
    };
  },
};

async function costOf(model: Model, replay: Replay, windowsEach: number): Promise<number> {
  const streams = openStreams<Frame>(model, replay.machines, identity);
  const feeding = { windowsPerTurn: BATCH, windowsEach };
  const { windowsPerSecond } = await feedFrames(streams, replay, feeding);
  streams.close();
  return 1e6 / windowsPerSecond;
}

function nameOf(machines: number): string {
  return machines === 1 ? "1 machine" : `${machines} machines`;
}
