import { describe, expect, it } from "vitest";
import { evaluateModel } from "../../src/evaluation/evaluate-model.ts";
import { columnsOf, gaugeScorer } from "./gauge-scorer.ts";

const evaluate = (
  level: readonly (number | undefined)[],
  fault: readonly (number | undefined)[],
  model = gaugeScorer(),
) => evaluateModel(model, columnsOf({ level, fault }), { label: "fault" });

describe("evaluateModel", () => {
  it("counts an alarm from when it was told, not from where the event is dated back to", async () => {
    const level = [0, 0, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0];
    const fault = [0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
    const { run, quality, events } = await evaluate(level, fault);
    expect([...run.timesMs]).toEqual(level.map((_, row) => 1_000 * (row + 1)));
    expect([...run.alarms]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0]);
    expect([...run.labels]).toEqual(fault);
    expect(quality).toMatchObject({ events: 1, detected: 1, falseAlarms: 0 });
    expect(quality.delayMs?.median).toBe(2_000);
    expect(events).toMatchObject([
      { startMs: 3_000, endMs: 7_000, alarmFromMs: 5_000, alarmToMs: 10_000, isLabelled: true },
    ]);
  });

  it("tells an event outside of all labels from one within", async () => {
    const level = [0, 3, 3, 3, 3, 0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 0, 0, 0, 0];
    const fault = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0];
    const { events, labelled } = await evaluate(level, fault);
    expect(events.map(({ isLabelled }) => isLabelled)).toEqual([false, true]);
    expect(labelled).toEqual([{ fromMs: 14_000, toMs: 16_000 }]);
  });

  it("has an event that is still open at the end", async () => {
    const { run, events } = await evaluate([0, 3, 3, 3, 9, 3], [0, 1, 1, 1, 1, 1]);
    expect(run.alarms.at(-1)).toBe(1);
    expect(events).toMatchObject([{ phase: "updated", alarmToMs: 6_000, score: 9 }]);
  });

  it("has no score for what was not judged, and leaves out what came before the first label", async () => {
    const level = [3, 3, 3, 3, 0, -10, -100, 0, 0, 0];
    const { run, quality } = await evaluate(level, [...Array(4), 0, 0, 0, 0, 0, 0]);
    expect([...run.scores]).toEqual([0, Number.NaN, Number.NaN, 0, 0, 0]);
    expect(run.timesMs[0]).toBe(5_000);
    expect(quality.rows).toBe(6);
  });

  it("lets a label stand until the next one comes", async () => {
    const level = [0, 0, 0, 0, 0, 0];
    const { run } = await evaluate(level, [0, undefined, 1, undefined, 0, undefined]);
    expect([...run.labels]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it("finds the label of a model with a period of its own", async () => {
    const rows = Array.from({ length: 60 }, (_, row) => row);
    const { run } = await evaluate(
      rows.map(() => 0),
      rows.map((row) => (row >= 29 && row < 45 ? 1 : 0)),
      gaugeScorer({ periodMs: 10_000 }),
    );
    expect([...run.timesMs].map((timeMs) => timeMs / 1_000)).toEqual([10, 20, 30, 40, 50, 60]);
    expect([...run.labels]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it("refuses a model that was trained with the label as one of its tags", async () => {
    const model = gaugeScorer({ tags: [{ name: "level" }, { name: "fault" }] });
    await expect(evaluate([0], [0], model)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      hint: "Train the model again with --ignore fault.",
    });
  });

  it("refuses labels other than 0 and 1, and says when the first one comes", async () => {
    await expect(evaluate([0, 0, 0], [0, 0, 2])).rejects.toMatchObject({
      code: "TRACE_INVALID",
      message: expect.stringMatching(/"fault": expected 0 .* got 2 at 1970-01-01T00:00:03/),
    });
  });

  it("refuses a trace without a label, or without a window", async () => {
    await expect(evaluate([0, 0], [])).rejects.toMatchObject({ code: "TRACE_INVALID" });
    const long = gaugeScorer({ windowLength: 8 });
    await expect(evaluate([0, 0], [0, 0], long)).rejects.toThrow("8 frames");
  });
});
