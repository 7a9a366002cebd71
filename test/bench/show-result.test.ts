import { expect, it } from "vitest";
import type { Result } from "../../bench/performance/case.ts";
import { goalTable, resultLine, resultTable } from "../../bench/performance/show-result.ts";
import { renderTable } from "../../bench/report/table.ts";

const result: Result = {
  setup: { windows: 4_096 },
  columns: [{ key: "rate", title: "windows/s", unit: "figure" }],
  rows: [
    { method: "ours", rate: 123_456 },
    { method: "theirs", rate: 0.012345 },
  ],
  goals: [
    { what: "times theirs", value: 10, atLeast: 10 },
    { what: "ms", value: 15, below: 15 },
  ],
};

it("a case is one JSON object that says which goals are met", () => {
  expect(JSON.parse(resultLine("frames", result))).toEqual({
    case: "frames",
    setup: { windows: 4_096 },
    rows: [
      { method: "ours", rate: 123_500 },
      { method: "theirs", rate: 0.01235 },
    ],
    goals: [
      { what: "times theirs", value: 10, atLeast: 10, met: true },
      { what: "ms", value: 15, below: 15, met: false },
    ],
  });
});

it("a table says what was run, with three digits that count", () => {
  expect(renderTable(resultTable("Frames", result)).split("\n")).toEqual([
    "### Frames: windows 4,096",
    "",
    "|        | windows/s |",
    "| ------ | --------- |",
    "| ours   | 123,000   |",
    "| theirs | 0.0123    |",
  ]);
});

it("goals stand side by side, met or missed", () => {
  const [, , , , met, missed] = renderTable(goalTable(new Map([["Frames", result.goals]]))).split(
    "\n",
  );
  expect(met).toMatch(/Frames +\| times theirs +\| >= 10 +\| 10 +\| met/);
  expect(missed).toMatch(/Frames +\| ms +\| < 15 +\| 15 +\| missed/);
});
