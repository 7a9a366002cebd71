import {
  openTrace,
  type Score,
  scoreReadings,
  type TrainModelOptions,
  traceSource,
  trainModel,
} from "wheeltapper";
import type { LabelledRun } from "../../src/math/detection/detection-quality.ts";
import { asTrace, type Recording } from "./recording.ts";

/** A way to detect anomalies that learns from normal rows alone. */
export interface Method {
  readonly name: string;
  readonly options: Partial<TrainModelOptions>;
}

/** What is compared, the first one beside the others. Defaults stay as they are: what is measured is what users get. */
export const METHODS: readonly Method[] = [
  { name: "wheeltapper", options: {} },
  { name: "PCA", options: { kind: "pca" } },
  { name: "z-score", options: { kind: "z-score" } },
];

/** One recording to learn from, one to be judged. */
export interface Case {
  readonly train: Recording;
  readonly test: Recording;
}

/** What a method said of a recording, and which tags it blamed. */
export interface JudgedRun extends LabelledRun {
  /** For each row the shares of the tags in its score; empty where nothing was judged. */
  readonly shares: readonly (readonly number[])[];
}

export type Judge = (method: Method, { train, test }: Case) => Promise<JudgedRun>;

/** Trains and scores, once for each pair of recordings however often it is asked; recordings are told apart by their names. */
export function createJudge(note: (what: string) => void): Judge {
  const judged = new Map<string, Promise<JudgedRun>>();
  return (method, pair) => {
    const key = `${method.name}: ${pair.train.name}, ${pair.test.name}`;
    const run = judged.get(key) ?? judge(method, pair);
    if (!judged.has(key)) note(key);
    judged.set(key, run);
    return run;
  };
}

/** Each recording is the file that a user would have; a score stands for the row that the window's last frame holds. */
async function judge({ options }: Method, { train, test }: Case): Promise<JudgedRun> {
  const model = await asTrace(train, (path) =>
    trainModel(traceSource(path), { name: train.name, ...options }),
  );
  const { periodMs } = model.card;
  const byTime = new Map<number, Score>();
  await asTrace(test, async (path) => {
    for await (const scores of scoreReadings(model, openTrace(path).chunks)) {
      for (const score of scores) byTime.set(score.endMs, score);
    }
  });
  await model.close();
  const rows = Array.from(test.timesMs, (timeMs) =>
    byTime.get(Math.ceil(timeMs / periodMs) * periodMs),
  );
  return {
    timesMs: test.timesMs,
    labels: test.labels,
    scores: Float64Array.from(rows, (score) => score?.value ?? Number.NaN),
    alarms: Uint8Array.from(rows, (score) => +(score?.verdict === "anomalous")),
    shares: rows.map((score) => score?.contributions.map(({ share }) => share) ?? []),
  };
}
