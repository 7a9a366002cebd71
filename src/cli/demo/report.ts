import { sparkline } from "../sparkline.ts";
import type { DemoResult } from "./watch-fault.ts";

const WIDTH = 72;

/** The result of the demonstration for people: a picture of the score, then what happened. */
export function reportLines(
  { readings, frames, windows, events, delivered, duplicates, lost }: DemoResult,
  scores: readonly number[],
  threshold: number,
): readonly string[] {
  return [
    `score, from normal operation through the fault and back (the top is twice the threshold of ${threshold.toFixed(1)})`,
    sparkline(scores, WIDTH, 2 * threshold),
    `${readings} readings -> ${frames} frames -> ${windows} windows -> ${events.length} event(s)`,
    ...events.map(
      ({ fault, openedAfterMs, closed, topTag, id }) =>
        `  ${fault ?? "false alarm"}: opened ${openedAfterMs === null ? "without a fault" : `after ${(openedAfterMs / 1000).toFixed(1)} s`}, ` +
        `${closed ? "closed" : "not closed"}, most of it from ${topTag} [${id}]`,
    ),
    `${delivered} messages at the receiver, ${duplicates} twice, ${lost} lost`,
  ];
}
