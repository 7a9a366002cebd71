import type { Case } from "../case.ts";
import { measureInChild } from "../child.ts";
import type { LatencyFigures } from "../children/latency.ts";
import { LENGTH, STRIDE, trainBenchModel } from "../plant.ts";

const PERIOD_MS = 100;
const AT_ONCE = "1,000 readings at once";
/** By method: in how many slices the readings of a period come. */
const SLICES = { [AT_ONCE]: 1, "25 times 40 readings": 25 };

/** How long after the reading that completes a window its score and its event are there, in a whole gateway, in real time. */
export const latencyCase: Case = {
  title: "Latency",
  async run(bench) {
    const seconds = bench.quick ? 8 : 60;
    const model = await trainBenchModel({ periodMs: PERIOD_MS });
    const figures: Record<string, LatencyFigures> = {};
    for (const [method, slices] of Object.entries(SLICES)) {
      const words = [String(seconds), String(slices)];
      figures[method] = await measureInChild({ script: "latency", model, words }, bench);
    }
    await model.close();
    const { scores, events } = figures[AT_ONCE] ?? {};
    return {
      setup: { tags: 1_000, readingsPerSecond: 10_000, length: LENGTH, stride: STRIDE, seconds },
      columns: [
        { key: "scores", title: "scores", unit: "count" },
        { key: "scoreP50", title: "p50, ms", unit: "figure" },
        { key: "scoreP99", title: "p99, ms", unit: "figure" },
        { key: "scoreMax", title: "max, ms", unit: "figure" },
        { key: "events", title: "events opened", unit: "count" },
        { key: "eventP50", title: "p50, ms", unit: "figure" },
        { key: "eventP99", title: "p99, ms", unit: "figure" },
      ],
      rows: Object.entries(figures).map(([method, one]) => ({
        method,
        scores: one.scores.count,
        scoreP50: one.scores.p50Ms,
        scoreP99: one.scores.p99Ms,
        scoreMax: one.scores.maxMs,
        events: one.events.count,
        eventP50: one.events.p50Ms,
        eventP99: one.events.p99Ms,
      })),
      goals: [
        { what: "ms to a score, p99, all at once", value: scores?.p99Ms ?? Number.NaN, below: 15 },
        { what: "ms to an event, p99, all at once", value: events?.p99Ms ?? Number.NaN, below: 15 },
      ],
    };
  },
};
