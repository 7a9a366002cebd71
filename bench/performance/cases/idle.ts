import type { Case } from "../case.ts";
import { measureInChild } from "../child.ts";
import { trainBenchModel } from "../plant.ts";

const TAGS = 10;

/** A gateway with one machine, read once a second. */
export const idleCase: Case = {
  title: "An idle gateway",
  async run(bench) {
    const seconds = bench.quick ? 10 : 60;
    bench.progress(`${seconds} s`);
    const model = await trainBenchModel({ tags: TAGS });
    const share = await measureInChild<number>(
      { script: "idle", model, words: [String(seconds)] },
      bench,
    );
    await model.close();
    return {
      setup: { machines: 1, tags: TAGS, readingsPerSecond: TAGS, seconds },
      columns: [{ key: "percent", title: "% of one core", unit: "figure" }],
      rows: [{ method: "wheeltapper", percent: 100 * share }],
      goals: [{ what: "% of one core", value: 100 * share, below: 1 }],
    };
  },
};
