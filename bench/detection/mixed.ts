import { detectionQuality } from "../../src/math/detection/detection-quality.ts";
import { type FlagRun, flagRuns } from "../../src/math/detection/flag-runs.ts";
import { mean } from "./measures.ts";
import type { Case, JudgedRun } from "./method.ts";
import { middleMs, type Protocol } from "./protocol.ts";
import type { Recording } from "./recording.ts";
import { smdCases, smdTolerances } from "./smd.ts";

const MIXED_SHARE = 0.05;
const MARGIN_ROWS = 60; // as far as windows, smoothing and inexact labels reach beyond an event

/** Servers whose training file holds anomalies, compared with the same file without; the anomalies that were taken are not judged. */
export function mixed(folder: string): Protocol {
  const clean = smdCases(folder);
  const tolerances = smdTolerances(clean);
  return {
    title: `SMD with ${100 * MIXED_SHARE} % anomalies mixed into the training file`,
    columns: [
      { key: "loss", title: "loss of mean VUS-PR", unit: "share" },
      { key: "clean", title: "mean VUS-PR, clean", unit: "score" },
      { key: "mixed", title: "mixed", unit: "score" },
      { key: "recallClean", title: "event recall, clean", unit: "score" },
      { key: "recallMixed", title: "mixed", unit: "score" },
    ],
    references: [{ method: "goal", loss: "<= 10 %" }],
    cases: [...clean, ...clean.map(mixIn)],
    clockFromMs: middleMs,
    measure(runs) {
      const qualities = runs.map((run, place) =>
        detectionQuality(withoutDonors(run), {
          toleranceRows: tolerances[place % clean.length] ?? 0,
        }),
      );
      const [before, after] = [qualities.slice(0, clean.length), qualities.slice(clean.length)];
      const values = (some: typeof qualities, key: "vusPr" | "eventRecall") =>
        mean(some.map((quality) => quality[key]));
      return [
        {
          loss: 1 - values(after, "vusPr") / values(before, "vusPr"),
          clean: values(before, "vusPr"),
          mixed: values(after, "vusPr"),
          recallClean: values(before, "eventRecall"),
          recallMixed: values(after, "eventRecall"),
        },
      ];
    },
  };
}

/** Every other event of a test file, the first included, goes into the training file. */
function donors(labels: Uint8Array): readonly FlagRun[] {
  return flagRuns(labels).filter((_, place) => place % 2 === 0);
}

/** Writes the donors over normal rows, evenly spread and again and again, until there are enough of them. */
function mixIn({ train, test }: Case): Case {
  const blocks = donors(test.labels);
  const wanted = Math.round(MIXED_SHARE * train.rows.length);
  const chosen: Recording["rows"][] = [];
  for (let taken = 0, place = 0; taken < wanted; place += 1) {
    const { first, last } = blocks[place % blocks.length] as FlagRun;
    const block = test.rows.slice(first, Math.min(last + 1, first + wanted - taken));
    chosen.push(block);
    taken += block.length;
  }
  const rows = [...train.rows];
  const room = rows.length / chosen.length;
  for (const [place, block] of chosen.entries()) {
    const start = Math.floor(place * room + (room - block.length) / 2);
    rows.splice(start, block.length, ...block);
  }
  return { train: { ...train, rows, name: `${train.name} with anomalies` }, test };
}

/** The run without the rows that the mixed training file has seen, and without normal rows beside them. */
function withoutDonors(run: JudgedRun): JudgedRun {
  const seen = new Uint8Array(run.labels.length);
  for (const { first, last } of donors(run.labels)) {
    seen.fill(1, Math.max(0, first - MARGIN_ROWS), last + 1 + MARGIN_ROWS);
  }
  const kept = flagRuns(run.labels).filter((_, place) => place % 2 === 1);
  for (const { first, last } of kept) seen.fill(0, first, last + 1);
  const keep = (_: unknown, row: number): boolean => seen[row] === 0;
  return {
    timesMs: run.timesMs.filter(keep),
    scores: run.scores.filter(keep),
    alarms: run.alarms.filter(keep),
    labels: run.labels.filter(keep),
    shares: run.shares.filter(keep),
  };
}
