import type { Contribution } from "../../core/score.ts";
import type { LabelledRun } from "../../math/detection/detection-quality.ts";
import { flagRuns } from "../../math/detection/flag-runs.ts";
import type { DetectedEvent } from "../evaluate-model.ts";
import { duration } from "../measures.ts";
import type { Stretch } from "./draw-stretches.ts";
import { html, type Markup } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { shownTime } from "./shown-time.ts";

/** Events that are shown, and tags of each: nobody reads more. */
const MOST_EVENTS = 40;
const MOST_TAGS = 4;

/** The events of the first model, each with the tags that made it. */
export function eventList({ evaluations: [{ events, run }], recording }: ReportData): Markup {
  const units = new Map(recording.tags.map(({ tag }) => [tag.name, tag.unit ?? ""]));
  const strongest = events.toSorted((a, b) => b.score - a.score).slice(0, MOST_EVENTS);
  const shown = strongest.toSorted((a, b) => a.startMs - b.startMs);
  const left = events.length - shown.length;
  return html`<section aria-labelledby="events">
<h2 id="events">Events</h2>
<p>${
    events.length === 0
      ? "The model raised none."
      : "Which tags made each event, at its highest score. Press a time to see it above."
  }${left > 0 ? ` The ${MOST_EVENTS} strongest of ${events.length}.` : ""}</p>
<ol class="events">${shown.map((event) => eventCard(event, units))}
</ol>
${missedList(missedEvents(run))}
</section>`;
}

/** The labelled events without an alarm in any of their rows: from their first to their last one. */
function missedEvents({ timesMs, labels, alarms }: LabelledRun): readonly Stretch[] {
  return flagRuns(labels)
    .filter(({ first, last }) => !alarms.subarray(first, last + 1).includes(1))
    .map(({ first, last }) => ({
      fromMs: timesMs[first] as number,
      toMs: timesMs[last] as number,
    }));
}

function missedList(missed: readonly Stretch[]): Markup {
  if (missed.length === 0) return html``;
  const shown = missed.slice(0, MOST_EVENTS);
  const left = missed.length - shown.length;
  return html`<h3>Labelled, but not found</h3>
<p>${shown.map(({ fromMs, toMs }) => html`${timeButton(fromMs, toMs)} for ${duration(toMs - fromMs)}<br>`)}${
    left > 0 ? `and ${left} more` : ""
  }</p>`;
}

function timeButton(fromMs: number, toMs: number): Markup {
  return html`<button type="button" data-from="${fromMs}" data-to="${toMs}">${shownTime(fromMs)}</button>`;
}

function eventCard(event: DetectedEvent, units: ReadonlyMap<string, string>): Markup {
  const { startMs, endMs, alarmToMs, alarmFromMs, score, isLabelled, contributions, phase } = event;
  return html`
<li class="${isLabelled ? "hit" : "false"}">
<h3>${timeButton(alarmFromMs, alarmToMs)}</h3>
<p><strong>${isLabelled ? "labelled" : "outside of labels"}</strong>, ${
    phase === "closed" ? `lasted ${duration(endMs - startMs)}` : "still open at the end"
  }, alarm after ${duration(alarmFromMs - startMs)}, highest score ${Number(score.toPrecision(3))}</p>
<ul>${contributions.slice(0, MOST_TAGS).map((part) => bar(part, units.get(part.tag) ?? ""))}</ul>
</li>`;
}

function bar({ tag, share, actual, expected }: Contribution, unit: string): Markup {
  const percent = Math.round(100 * share);
  return html`
<li><span class="tag">${tag}</span> <span class="share">${percent} %</span>
<span class="bar"><i style="width:${percent}%"></i></span>
<span class="values">${number(actual, unit)}, expected ${number(expected, unit)}</span></li>`;
}

function number(value: number, unit: string): string {
  return Number.isFinite(value) ? `${Number(value.toPrecision(4))} ${unit}`.trim() : "unknown";
}
