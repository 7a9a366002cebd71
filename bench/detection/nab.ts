import { detectionQuality } from "../../src/math/detection/detection-quality.ts";
import { toleranceOf } from "../../src/math/detection/tolerance-of.ts";
import { middleMs, type Protocol } from "./protocol.ts";
import { readRecording, rowsOf, signalOf } from "./recording.ts";

const TRAINING_ROWS = 750; // NAB's probationary period
const HOUR_MS = 3_600_000;

/** The temperature of one large machine. */
export function nab(folder: string): Protocol {
  const whole = readRecording(folder, "machine_temperature_system_failure.csv");
  const test = rowsOf(whole, TRAINING_ROWS);
  const toleranceRows = toleranceOf(signalOf(test, 0));
  return {
    title: `NAB machine temperature, the first ${TRAINING_ROWS} rows train`,
    columns: [
      { key: "eventRecall", title: "event recall", unit: "score" },
      { key: "delayHours", title: "median delay (h)", unit: "rate" },
      { key: "falseAlarms", title: "false alarms", unit: "count" },
      { key: "falseAlarmsPerDay", title: "a day", unit: "score" },
      { key: "normalShareInAlarm", title: "normal time in alarm", unit: "share" },
      { key: "vusPr", title: "VUS-PR", unit: "score" },
      { key: "aucRoc", title: "AUC-ROC", unit: "score" },
    ],
    references: [],
    cases: [{ train: { ...rowsOf(whole, 0, TRAINING_ROWS), name: "nab-train" }, test }],
    clockFromMs: middleMs,
    measure: (runs) =>
      runs.map((run) => {
        const { delayMs, ...quality } = detectionQuality(run, { toleranceRows });
        return { ...quality, delayHours: (delayMs?.median ?? Number.NaN) / HOUR_MS };
      }),
  };
}
