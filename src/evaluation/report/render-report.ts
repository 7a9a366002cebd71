import { createHash } from "node:crypto";
import { duration } from "../measures.ts";
import { eventList } from "./event-list.ts";
import { html, type Markup } from "./html.ts";
import { measureTable } from "./measure-table.ts";
import type { ReportData } from "./report-data.ts";
import { REPORT_SCRIPT } from "./report-script.ts";
import { REPORT_STYLE } from "./report-style.ts";
import { shownTime } from "./shown-time.ts";
import { timeline } from "./timeline.ts";

/**
 * Renders a report as one HTML page that needs nothing but itself: no network, no other file, and no script but its own, which
 * the page's content security policy enforces whatever the names in it say.
 */
export function renderReport(data: ReportData): string {
  const [{ model }] = data.evaluations;
  const hash = createHash("sha256").update(REPORT_SCRIPT).digest("base64");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${model.name} on ${data.trace}</title>
<style>${{ markup: REPORT_STYLE }}</style>
</head>
<body>
${headline(data)}
<main>
${timeline(data)}
${eventList(data)}
${measureTable(data)}
</main>
<footer>
<p>${data.evaluations.map(
    ({ model: { name, version, sha256 } }) =>
      html`<span>model ${name}, version ${version}, sha256 <code>${sha256}</code></span><br>`,
  )}made by wheeltapper evaluate</p>
</footer>
<script>${{ markup: REPORT_SCRIPT }}</script>
</body>
</html>
`;
  return page.markup;
}

/** What somebody who reads one line only should know. */
function headline({ trace, label, evaluations: [{ model, quality, run }] }: ReportData): Markup {
  const { detected, events, falseAlarms, falseAlarmsPerDay, delayMs, rows } = quality;
  const [from, to] = [run.timesMs[0], run.timesMs.at(-1)].map((timeMs) => shownTime(timeMs ?? 0));
  const alarms = falseAlarms === 1 ? "1 false alarm" : `${falseAlarms} false alarms`;
  const rate = Number.isFinite(falseAlarmsPerDay)
    ? ` (${Number(falseAlarmsPerDay.toPrecision(2))} a day)`
    : "";
  const unjudged = run.scores.reduce((count, score) => count + Number(Number.isNaN(score)), 0);
  const left = unjudged === 0 ? "" : `; ${unjudged} not judged (too little data, or not running)`;
  const delay = delayMs === undefined ? "" : `, median delay ${duration(delayMs.median)}`;
  return html`<header>
<h1>${model.name} <span>on ${trace}</span></h1>
<p class="headline">${detected} of ${events} labelled events found${delay}; ${alarms}${rate}.</p>
<p>${rows} windows from ${from ?? ""} to ${to ?? ""} UTC${left}; labels from the column <code>${label}</code>.</p>
</header>`;
}
