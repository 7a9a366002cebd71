import { compareMeasures } from "../measures.ts";
import { html, type Markup } from "./html.ts";
import type { ReportData } from "./report-data.ts";

/** The measures of all models, beside the dummies. */
export function measureTable({ contestants }: ReportData): Markup {
  return html`<section aria-labelledby="measures">
<h2 id="measures">Measures</h2>
<p>The last two have never looked at the machine: what a model is worth is what it has ahead of them.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">measure</th>${contestants.map(
    ({ name }) => html`<th scope="col">${name}</th>`,
  )}<th scope="col">what it says</th></tr></thead>
<tbody>${compareMeasures(contestants).map(
    ({ name, answers, better, meaning }) => html`
<tr><th scope="row">${name} <span title="${better} is better">${better === "higher" ? "↑" : "↓"}</span></th>${answers.map(
      (answer) => html`<td>${answer}</td>`,
    )}<td class="meaning">${meaning}</td></tr>`,
  )}
</tbody></table></div>
</section>`;
}
