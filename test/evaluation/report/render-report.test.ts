import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { evaluateModel } from "../../../src/evaluation/evaluate-model.ts";
import { dummiesBeside } from "../../../src/evaluation/measures.ts";
import { createRecording } from "../../../src/evaluation/report/recording.ts";
import { renderReport } from "../../../src/evaluation/report/render-report.ts";
import { columnsOf, gaugeScorer } from "../gauge-scorer.ts";

const EVIL = `<img src=x onerror="alert(1)">`;

/** The report of a model on a trace of `seconds`, with a fault that is found and an alarm for nothing. */
function report(seconds: number, name?: string): Promise<string> {
  const rows = Array.from({ length: seconds }, (_, row) => row);
  const part = (row: number): number => row / seconds;
  const isFault = (row: number): boolean => part(row) > 0.5 && part(row) < 0.6;
  const isFalse = (row: number): boolean => part(row) > 0.2 && part(row) < 0.25;
  const columns = {
    level: rows.map((row) => (isFault(row) || isFalse(row) ? 3 : Math.sin(row) / 2)),
    fault: rows.map((row) => Number(isFault(row))),
  };
  return reportOf(columns, name);
}

async function reportOf(
  columns: Parameters<typeof columnsOf>[0],
  name = "gauge",
  warningThreshold?: number,
): Promise<string> {
  const model = gaugeScorer({ name, ...(warningThreshold !== undefined && { warningThreshold }) });
  const recording = createRecording(model.card);
  const options = { label: "fault", onScore: recording.addModel() };
  const evaluation = await evaluateModel(model, recording.hear(columnsOf(columns)), options);
  const contestants = [{ name, quality: evaluation.quality }, ...dummiesBeside(evaluation)];
  return renderReport({
    trace: `${name}.csv`,
    label: "fault",
    evaluations: [evaluation],
    contestants,
    recording,
  });
}

const count = (page: string, pattern: RegExp): number => [...page.matchAll(pattern)].length;

/** The first tag that is closed without having been opened, or never closed. */
function unbalanced(page: string): string | undefined {
  const open: string[] = [];
  const body = page.replaceAll(/<(script|style)>[\s\S]*?<\/\1>/g, "");
  for (const [tag, end, name = "", closed] of body.matchAll(/<(\/?)([a-z][\w-]*)[^>]*?(\/?)>/gi)) {
    if (closed === "/" || /^(meta|br|link)$/.test(name)) continue;
    if (end === "") open.push(name);
    else if (open.pop() !== name) return tag;
  }
  return open.at(-1);
}

describe("the report", () => {
  it("has scores with their threshold, labels, alarms, contributions, traces, events and measures", async () => {
    const page = await report(300);
    expect(unbalanced(page)).toBeUndefined();
    expect(page).toContain("1 of 1 labelled events found, median delay 2 s; 1 false alarm");
    expect(count(page, /<svg class="plot"/g)).toBe(4); // score, alarms, contribution, trace
    expect(count(page, /<path class="limit"/g)).toBe(1);
    expect(count(page, /<rect class="labelled"/g)).toBe(1);
    expect(count(page, /<rect class="false"/g)).toBe(2); // both alarms, and over one of them:
    expect(count(page, /<rect class="hit"/g)).toBe(1);
    expect(count(page, /<path class="heat" opacity="1"/g)).toBe(1);
    expect(page).toContain('aria-label="level, -0.5 to 3 m"');
    expect(count(page, /<button type="button" data-from/g)).toBe(2);
    expect(page).toContain("3 m, expected 0 m");
    for (const name of ["gauge", "random score", "alarm from half-time"]) {
      expect(page).toContain(`<th scope="col">${name}</th>`);
    }
  });

  it("draws the level of warning below the threshold, where the model has one", async () => {
    const columns = { level: [0, 0, 0, 2, 2, 2, 0, 0], fault: [0, 0, 0, 1, 1, 1, 0, 0] };
    expect(count(await reportOf(columns), /<path class="warning"/g)).toBe(0);
    const page = await reportOf(columns, "gauge", 0.5);
    expect(count(page, /<path class="warning"/g)).toBe(1);
    const heightOf = (kind: string): number =>
      Number(new RegExp(`<path class="${kind}" d="M\\d+ (\\d+)l`).exec(page)?.[1]);
    expect(heightOf("warning")).toBeGreaterThan(heightOf("limit")); // counted from the top
  });

  it("lists the labelled events that were not found, and says how many windows were not judged", async () => {
    const page = await reportOf({
      level: [0, 0, -100, 0, 0, 0, 0, 0, 3, 3, 3, 3, 0, 0, 0, 0],
      fault: [0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0],
    });
    expect(page).toContain("1 of 2 labelled events found");
    expect(page).toContain("; 1 not judged");
    expect(page).toMatch(
      /not found<\/h3>\s*<p><button[^>]*data-from="5000"[^>]*>1970-01-01 00:00:05</,
    );
  });

  it("needs no network and no other file, and runs no script but its own", async () => {
    const page = await report(60);
    expect(page).not.toMatch(/https?:|<link|<img|<iframe|@import|url\(|\ssrc=|fetch\(|import\(/);
    const [, script = ""] = /<script>([\s\S]*)<\/script>/.exec(page) ?? [];
    const hash = createHash("sha256").update(script).digest("base64");
    expect(page).toContain(
      `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`.replaceAll(
        "'",
        "&#39;",
      ),
    );
    expect(count(page, /<script/g)).toBe(1);
    expect(() => new Function(script)).not.toThrow();
  });

  it("shows names from files as text", async () => {
    const page = await report(60, EVIL);
    expect(page).not.toContain("<img");
    expect(page).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
    expect(unbalanced(page)).toBeUndefined();
  });

  it("stays small for a day of seconds", async () => {
    expect((await report(86_400)).length).toBeLessThan(200_000);
  });
});
