import type { Case } from "../case.ts";
import { measureInChild } from "../child.ts";
import type { AllocationRound } from "../children/allocation.ts";
import { LENGTH, STRIDE, TAGS, trainBenchModel } from "../plant.ts";
import { median } from "../turns.ts";

const MACHINES = 64;
/** So large a young generation that most rounds pass without a collection; the others are left out. */
const FLAGS = ["--expose-gc", "--min-semi-space-size=1024", "--max-semi-space-size=1024"];

/** What a window leaves for the garbage collector, from frames that are there already to events. */
export const allocationCase: Case = {
  title: "Allocation",
  async run(bench) {
    const windowsEach = bench.quick ? 64 : 256;
    const model = await trainBenchModel();
    const rounds = await measureInChild<readonly AllocationRound[]>(
      { script: "allocation", model, words: [String(windowsEach)], flags: FLAGS },
      bench,
    );
    await model.close();
    const whole = rounds.filter(({ collections }) => collections === 0);
    const heap = median(whole.map(({ heapBytes }) => heapBytes));
    const external = median(whole.map(({ externalBytes }) => externalBytes));
    return {
      setup: {
        machines: MACHINES,
        tags: TAGS,
        length: LENGTH,
        stride: STRIDE,
        windows: MACHINES * windowsEach,
      },
      columns: [
        { key: "heap", title: "heap, bytes per window", unit: "figure" },
        { key: "external", title: "buffers, bytes per window", unit: "figure" },
        { key: "rounds", title: "rounds without a collection", unit: "count" },
      ],
      rows: [{ method: "wheeltapper", heap, external, rounds: whole.length }],
      goals: [{ what: "bytes per window", value: heap + external, below: 200 }],
    };
  },
};
