import { readdirSync } from "node:fs";
import { detectionQuality } from "../../src/math/detection/detection-quality.ts";
import { toleranceOf } from "../../src/math/detection/tolerance-of.ts";
import { mean, sum } from "./measures.ts";
import type { Case } from "./method.ts";
import { middleMs, type Protocol } from "./protocol.ts";
import { readRecording, signalOf } from "./recording.ts";

/** Each server's two files, one to learn from and one to be judged. */
export function smdCases(folder: string): readonly Case[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith("_test.csv.gz"))
    .map((file) => ({
      train: readRecording(folder, file.replace("_test", "_train")),
      test: readRecording(folder, file),
    }));
}

/** How early or late an alarm may be on each machine: the period of its first tag. */
export function smdTolerances(cases: readonly Case[]): readonly number[] {
  return cases.map(({ test }) => toleranceOf(signalOf(test, 0)));
}

/** Servers: the files as they were published. */
export function smd(folder: string): Protocol {
  const cases = smdCases(folder);
  const tolerances = smdTolerances(cases);
  const machines = cases.map(({ test }) => test.name.replace("_test", ""));
  return {
    title: `SMD, ${cases.length} machines, train file and test file`,
    columns: [
      { key: "vusPr", title: "mean VUS-PR", unit: "score" },
      { key: "aucRoc", title: "mean AUC-ROC", unit: "score" },
      ...machines.map((key) => ({ key, title: `VUS-PR ${key}`, unit: "score" }) as const),
      { key: "recall", title: "event recall", unit: "score" },
      { key: "falseAlarmsPerDay", title: "false alarms a day", unit: "rate" },
      { key: "normalShareInAlarm", title: "normal time in alarm", unit: "share" },
    ],
    references: [{ method: "goal", vusPr: "> PCA, and on 2 machines" }],
    cases,
    clockFromMs: middleMs,
    measure(runs) {
      const qualities = runs.map((run, place) =>
        detectionQuality(run, { toleranceRows: tolerances[place] ?? 0 }),
      );
      return [
        {
          vusPr: mean(qualities.map(({ vusPr }) => vusPr)),
          aucRoc: mean(qualities.map(({ aucRoc }) => aucRoc)),
          ...Object.fromEntries(
            machines.map((key, place) => [key, qualities[place]?.vusPr ?? Number.NaN]),
          ),
          recall:
            sum(qualities.map(({ detected }) => detected)) /
            sum(qualities.map(({ events }) => events)),
          falseAlarmsPerDay: mean(qualities.map(({ falseAlarmsPerDay }) => falseAlarmsPerDay)),
          normalShareInAlarm: mean(qualities.map(({ normalShareInAlarm }) => normalShareInAlarm)),
        },
      ];
    },
  };
}
