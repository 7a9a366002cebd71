import { expect, it } from "vitest";
import type { Score } from "../../src/core/score.ts";
import { createCounters } from "../../src/gateway/counters.ts";
import { createMachineNotes } from "../../src/gateway/machine-notes.ts";
import { createFrameSheet } from "../../src/math/frame-sheet.ts";

const scoreWith = (verdict: Score["verdict"]): Score => ({
  endMs: 1,
  value: verdict === "normal" ? 0 : Number.NaN,
  threshold: 4,
  verdict,
  coverage: 1,
  contributions: [],
});

it("a machine that does not run is said to be so, and its windows are counted by themselves", () => {
  const counters = createCounters();
  const notes = createMachineNotes([{ name: "speed" }], counters);
  for (const verdict of ["normal", "insufficient-data", "not-running", "not-running"] as const) {
    notes.score(scoreWith(verdict));
  }
  expect(notes.health().lastScore?.verdict).toBe("not-running");
  expect(counters.snapshot()).toMatchObject({ insufficientWindows: 1, notRunningWindows: 2 });
});

it("tells the unknown tags of the newest frame, though that frame was lent and is another by now", () => {
  const notes = createMachineNotes([{ name: "speed" }, { name: "load" }], createCounters());
  expect(notes.health().unknownTags).toEqual(["speed", "load"]);
  expect(notes.lastFrame()).toBeUndefined();
  const sheet = createFrameSheet(2);
  sheet.values.set([1, Number.NaN]);
  notes.frame(sheet.frameAt(1_000, 1_000, false));
  sheet.values.set([Number.NaN, 2]);
  sheet.frameAt(2_000, 1_000, false);
  expect(notes.health().unknownTags).toEqual(["load"]);
  expect(notes.lastFrame()?.timeMs).toBe(1_000);
});
