import { readdirSync } from "node:fs";
import { detectionQuality, type LabelledRun } from "../../src/math/detection/detection-quality.ts";
import { toleranceOf } from "../../src/math/detection/tolerance-of.ts";
import { countRows, mean, median, sum } from "./measures.ts";
import type { Protocol } from "./protocol.ts";
import { readRecording, rowsOf, signalOf } from "./recording.ts";

const TRAINING_ROWS = 400;
const CLOCK_ROW = 170; // where the labels mostly begin: a clock that has seen them

/** A water pump: the published protocol, and what an operator would ask. */
export function skab(folder: string): Protocol {
  const cases = readdirSync(folder)
    .filter((file) => /^(valve|other).*\.csv$/.test(file))
    .map((file) => readRecording(folder, file))
    .map((whole) => ({
      train: { ...rowsOf(whole, 0, TRAINING_ROWS), name: `${whole.name}-train` },
      test: rowsOf(whole, TRAINING_ROWS),
    }));
  const tolerances = cases.map(({ test }) => toleranceOf(signalOf(test, 0)));
  return {
    title: `SKAB, ${cases.length} files, the first ${TRAINING_ROWS} rows of each train`,
    columns: [
      { key: "f1", title: "F1", unit: "score" },
      { key: "far", title: "FAR", unit: "share" },
      { key: "mar", title: "MAR", unit: "share" },
      { key: "preOnset", title: "alarm before onset", unit: "share" },
      { key: "recall", title: "event recall", unit: "score" },
      { key: "delaySeconds", title: "median delay (s)", unit: "rate" },
      { key: "falseAlarms", title: "false alarms", unit: "count" },
      { key: "vusPr", title: "VUS-PR", unit: "score" },
      { key: "aucRoc", title: "AUC-ROC", unit: "score" },
    ],
    references: [
      { method: "Conv-AE, published, not causal", f1: 0.78, far: 0.136, mar: 0.28 },
      {
        method: "goal",
        f1: ">= 0.85",
        far: "<= 13.5 %",
        preOnset: "<= 3 %",
        recall: ">= 0.94",
        delaySeconds: "<= 15",
      },
    ],
    cases,
    clockFromMs: ({ timesMs }) => timesMs[CLOCK_ROW] ?? Number.POSITIVE_INFINITY,
    measure(runs) {
      const { tp, fp, fn, tn } = countRows(runs);
      const before = countRows(runs.map(beforeOnset));
      const qualities = runs.map((run, place) =>
        detectionQuality(run, { toleranceRows: tolerances[place] ?? 0 }),
      );
      const delays = qualities.flatMap(({ delayMs }) => (delayMs ? [delayMs.median / 1000] : []));
      return [
        {
          f1: tp / (tp + (fn + fp) / 2),
          far: fp / (fp + tn),
          mar: fn / (fn + tp),
          preOnset: before.fp / (before.fp + before.tn),
          recall:
            sum(qualities.map(({ detected }) => detected)) /
            sum(qualities.map(({ events }) => events)),
          delaySeconds: median(delays),
          falseAlarms: sum(qualities.map(({ falseAlarms }) => falseAlarms)),
          vusPr: mean(qualities.map(({ vusPr }) => vusPr)),
          aucRoc: mean(qualities.map(({ aucRoc }) => aucRoc)),
        },
      ];
    },
  };
}

function beforeOnset(run: LabelledRun): LabelledRun {
  const onset = run.labels.indexOf(1);
  return { ...run, alarms: run.alarms.slice(0, onset), labels: run.labels.slice(0, onset) };
}
