import type { Case } from "../case.ts";
import { measureInChild } from "../child.ts";
import type { MemoryFigures } from "../children/memory.ts";
import { LENGTH, STRIDE, trainBenchModel } from "../plant.ts";

const PERIOD_MS = 100;

/** An hour of 10,000 readings a second through a whole gateway, in the readings' own time: memory early and late. */
export const memoryCase: Case = {
  title: "Memory over an hour",
  async run(bench) {
    const minutes = bench.quick ? 12 : 60;
    const model = await trainBenchModel({ periodMs: PERIOD_MS });
    const { early, late, peakRssMb, readings, windows, events } =
      await measureInChild<MemoryFigures>(
        { script: "memory", model, words: [String(minutes)], flags: ["--expose-gc"] },
        bench,
      );
    await model.close();
    return {
      setup: { tags: 1_000, length: LENGTH, stride: STRIDE, minutes, readings, windows, events },
      columns: [
        { key: "rss", title: "RSS, MB", unit: "figure" },
        { key: "heap", title: "heap in use, MB", unit: "figure" },
      ],
      rows: [
        { method: `minute ${minutes / 12}`, rss: early.rssMb, heap: early.heapMb },
        { method: `minute ${minutes}`, rss: late.rssMb, heap: late.heapMb },
        { method: "highest between them, not collected", rss: peakRssMb, heap: Number.NaN },
      ],
      goals: [
        { what: "heap late, of early", value: late.heapMb / early.heapMb, below: 1.1 },
        { what: "RSS late, of early", value: late.rssMb / early.rssMb, below: 1.1 },
        { what: "MB of RSS at most", value: peakRssMb, below: 250 },
      ],
    };
  },
};
