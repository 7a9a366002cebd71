import type { DetectedEvent, Evaluation } from "../evaluate-model.ts";
import type { Band, TimeAxis } from "../time-axis.ts";
import { bandPath, DRAWN_HEIGHT, linePath, type Scale, scaleOf } from "./draw-band.ts";
import { drawHeat } from "./draw-heat.ts";
import { commonStretches, drawStretches } from "./draw-stretches.ts";
import { html, type Markup } from "./html.ts";
import type { RecordedScores, RecordedTag } from "./recording.ts";
import type { ReportData } from "./report-data.ts";

/** Room above and below a curve, so that its edges are seen. */
const MARGIN = 60;
const WHOLE_HEIGHT = [-MARGIN, DRAWN_HEIGHT + 2 * MARGIN] as const;

/** Scores, contributions and traces over one time axis. */
export function timeline({ evaluations, contestants, recording }: ReportData): Markup {
  const { axis, models } = recording;
  const tags = strangestFirst(recording.tags, evaluations[0].events);
  return html`<section aria-labelledby="timeline">
<h2 id="timeline">Over time</h2>
${LEGEND}
<div class="timeline" data-start="${axis.startMs()}" data-bin="${axis.binMs()}" data-length="${axis.length()}">
<div class="row axis"><span class="name">time, UTC</span><div class="plot" role="slider" tabindex="0" aria-label="moment of the trace" aria-valuemin="0" aria-valuemax="${axis.length() - 1}" aria-valuenow="0" aria-describedby="keys"></div></div>
${evaluations.map((evaluation, place) => scoreRows(contestants[place]?.name ?? "", evaluation, models[place] as RecordedScores, axis))}
<h3>Contributions <span>${recording.tags.length === 1 ? "of the tag" : "of the tags, the strangest first"}</span></h3>
${tags.map(({ tag, contribution }) => heatRow(tag.name, drawHeat(contribution, axis.length()), axis))}
<h3>Traces</h3>
${tags.map((tag) => traceRow(tag, axis))}
<div class="cursor" hidden></div>
</div>
<svg class="definitions" aria-hidden="true"><defs><g id="labelled">${drawStretches(axis, evaluations[0].labelled, "labelled", WHOLE_HEIGHT)}</g></defs></svg>
</section>`;
}

const LEGEND = html`<ul class="legend">
<li><i class="labelled"></i>labelled anomalous</li><li><i class="hit"></i>alarm, labelled</li><li><i class="false"></i>alarm outside of labels</li><li><i class="limit"></i>threshold</li><li><i class="warning"></i>warning</li><li><i class="heat"></i>tag's share of the score</li>
</ul>
<p id="keys" class="keys">Point at the picture, or focus the time line and press <kbd>←</kbd> <kbd>→</kbd> (with <kbd>Shift</kbd> faster). <kbd>N</kbd> <kbd>P</kbd>: next and previous event. <kbd>+</kbd> <kbd>−</kbd> or drag: look closer. <kbd>Esc</kbd>: the whole trace.</p>`;

/** The tags with the largest parts in the events come first. */
function strangestFirst(
  tags: readonly RecordedTag[],
  events: readonly DetectedEvent[],
): readonly RecordedTag[] {
  const parts = new Map<string, number>();
  for (const { contributions } of events) {
    for (const { tag, share } of contributions) parts.set(tag, (parts.get(tag) ?? 0) + share);
  }
  const partOf = ({ tag }: RecordedTag): number => parts.get(tag.name) ?? 0;
  return tags.toSorted((a, b) => partOf(b) - partOf(a));
}

function scoreRows(
  name: string,
  { events, labelled }: Evaluation,
  { scores, threshold, warning }: RecordedScores,
  axis: TimeAxis,
): Markup {
  const limit = scaleOf(threshold);
  const scale = scoreScale(scaleOf(scores), limit);
  const drawLine = (kind: string, level: Band): Markup => {
    const drawn = linePath(level, axis.length(), scale);
    return drawn === "" ? html`` : html`<path class="${kind}" d="${drawn}"/>`;
  };
  const alarms = events.map(({ alarmFromMs, alarmToMs }) => ({
    fromMs: alarmFromMs,
    toMs: alarmToMs,
  }));
  const lane = [
    drawStretches(axis, alarms, "false", WHOLE_HEIGHT),
    drawStretches(axis, commonStretches(alarms, labelled), "hit", WHOLE_HEIGHT),
  ];
  return html`<div class="row score"><span class="name">score of ${name}<small>alarm from ${short(limit.low)} on</small><output></output></span>
${plot(
  axis,
  `score of ${name}`,
  html`${drawLine("warning", warning)}${drawLine("limit", threshold)}<path class="curve" ${limits(scale)} d="${bandPath(scores, axis.length(), scale)}"/>`,
)}</div>
<div class="row alarms"><span class="name">alarm</span>${plot(axis, `alarms of ${name}: ${events.length}`, html`${lane}`)}</div>
`;
}

function heatRow(name: string, drawn: Markup, axis: TimeAxis): Markup {
  return html`<div class="row heat"><span class="name" title="${name}">${name}</span>${plot(axis, `contribution of ${name} over time`, drawn)}</div>
`;
}

function traceRow({ tag, values }: RecordedTag, axis: TimeAxis): Markup {
  const scale = scaleOf(values);
  const unit = tag.unit ?? "";
  const range = `${short(scale.low)} to ${short(scale.high)} ${unit}`;
  return html`<div class="row trace"><span class="name" title="${tag.name}">${tag.name}<small>${range}</small><output data-unit="${unit}"></output></span>
${plot(axis, `${tag.name}, ${range}`, html`<path class="curve" ${limits(scale)} d="${bandPath(values, axis.length(), scale)}"/>`)}</div>
`;
}

function plot(axis: TimeAxis, label: string, drawing: Markup): Markup {
  const [top, height] = WHOLE_HEIGHT;
  const box = [0, top, axis.length(), height].join(" ");
  return html`<svg class="plot" role="img" aria-label="${label}" viewBox="${box}" preserveAspectRatio="none"><use href="#labelled"/>${drawing}</svg>`;
}

function limits({ low, high }: Scale): Markup {
  return html`data-low="${low}" data-high="${high}"`;
}

/** High peaks are cut: what matters is on which side of the threshold a score is. */
function scoreScale(scores: Scale, threshold: Scale): Scale {
  if (threshold.low <= 0) {
    return {
      low: Math.min(scores.low, threshold.low),
      high: Math.max(scores.high, threshold.high),
    };
  }
  return {
    low: Math.min(0, Math.max(scores.low, -threshold.low)),
    high: Math.max(1.25 * threshold.low, Math.min(scores.high, 4 * threshold.low)),
  };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
