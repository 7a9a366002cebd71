import type { LabelScore, Share } from "../evaluation/compare-on-labels.ts";
import type { OutboxLesson } from "../truth/retraining/lesson-from-outbox.ts";
import { columns } from "./columns.ts";

/** A model and what it makes of the labels. */
export interface Contestant {
  readonly name: string;
  readonly score: LabelScore;
}

/** What was learnt from, for machines. */
export function lessonFacts(lesson: OutboxLesson): object {
  const { machine, learn, falseAlarms, leftOut, overSampled, otherShape } = lesson;
  return {
    ...{ machine, windows: learn.length, falseAlarms },
    leftOut: { ...leftOut, overSampled, otherShape },
  };
}

/** ... and for people. */
export function lessonLines(path: string, lesson: OutboxLesson): readonly string[] {
  const { machine, learn, falseAlarms, leftOut, overSampled, otherShape, frames } = lesson;
  const [first, last] = [frames[0], frames.at(-1)].map((frame) =>
    new Date(frame?.timeMs ?? 0).toISOString(),
  );
  const left = [
    [leftOut.labelled, "labelled fault or maintenance"],
    [leftOut["within-fault"], "in the midst of these"],
    [leftOut.unjudged, "anomalous and without a label"],
    [leftOut.incomplete, "with an unknown cell"],
    [overSampled, "sampled more often than the others"],
    [otherShape, "of other tags, period or length"],
  ].flatMap(([count, what]) => (count === 0 ? [] : `${count} ${what}`));
  return [
    `${path}: ${learn.length} windows of ${machine} from ${first} to ${last}, ${falseAlarms} of them false alarms`,
    ...(left.length > 0 ? [`  left out: ${left.join(", ")}`] : []),
  ];
}

/** What the models make of the labels, side by side. */
export function labelLines(
  { labelled }: OutboxLesson,
  contestants: readonly Contestant[],
): readonly string[] {
  if (labelled.length === 0) return ["no labels to compare models on"];
  const row = (name: string, answer: (score: LabelScore) => string): readonly string[] => [
    name,
    ...contestants.map(({ score }) => answer(score)),
  ];
  const table = columns([
    ["on the labels", ...contestants.map(({ name }) => name)],
    row("faults found", ({ faults }) => shareText(faults)),
    row("false alarms raised", ({ falseAlarms }) => shareText(falseAlarms)),
    row("maintenance raised", ({ maintenance }) => shareText(maintenance)),
    row("fault above false alarm", ({ auc }) => auc?.toFixed(3) ?? "-"),
  ]);
  return [
    ...table,
    "raised is what reaches the threshold on average, as in the gateway, as far as windows were kept",
    "the new model has learnt from the false alarms: only later ones can judge it",
  ];
}

function shareText({ raised, of }: Share): string {
  return `${raised} of ${of}`;
}
