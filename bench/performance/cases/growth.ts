import { identity } from "rxjs";
import type { Frame, Model } from "wheeltapper";
import type { Case } from "../case.ts";
import { feedFrames } from "../feed-frames.ts";
import { createFrames, LENGTH, STRIDE, TAGS, trainBenchModel } from "../plant.ts";
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
    const frames = createFrames(windows * STRIDE + LENGTH, { seed: 2, periodMs: 1_000 });
    const figures = await takeTurns(
      Object.fromEntries(
        MACHINES.map((machines) => [
          nameOf(machines),
          () => costOf(model, sliced(frames, machines, windows / machines)),
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

/** A stretch for each machine; windows end at the same places of the grid in all of them. */
function sliced(
  frames: readonly Frame[],
  machines: number,
  windowsEach: number,
): readonly (readonly Frame[])[] {
  const length = windowsEach * STRIDE;
  return Array.from({ length: machines }, (_, machine) =>
    frames.slice(machine * length, (machine + 1) * length + LENGTH - 1),
  );
}

async function costOf(model: Model, frames: readonly (readonly Frame[])[]): Promise<number> {
  const streams = openStreams<Frame>(model, frames.length, identity);
  const { windowsPerSecond } = await feedFrames(streams, frames, { windowsPerTurn: BATCH });
  streams.close();
  return 1e6 / windowsPerSecond;
}

function nameOf(machines: number): string {
  return machines === 1 ? "1 machine" : `${machines} machines`;
}
