import { describe, expect, it } from "vitest";
import { chooseWindows } from "../../../src/truth/retraining/choose-windows.ts";
import { framesOfWindows } from "../../../src/truth/retraining/frames-of-windows.ts";
import type { KeptWindow } from "../../../src/truth/retraining/kept-windows.ts";
import { window } from "./kept-window.ts";

const learnt = (windows: readonly KeptWindow[]): readonly string[] =>
  chooseWindows(windows).learn.map(({ id }) => id);

describe("windows to learn from", () => {
  it("are those that nobody has said anything of, unless the model found them anomalous", () => {
    const windows = [
      window(10),
      window(20, { isAnomalous: true }),
      window(30, { reason: "event", eventId: "e" }),
      window(40, { reason: "near-threshold" }),
      window(50, { reason: "novel" }),
    ];
    expect(learnt(windows)).toEqual(["w10", "w40", "w50"]);
    expect(chooseWindows(windows).leftOut).toMatchObject({ unjudged: 2 });
  });

  it("are false alarms, but no faults and no maintenance", () => {
    const event = { reason: "event", eventId: "e", isAnomalous: true } as const;
    const windows = [
      window(10, { ...event, verdict: "false-alarm" }),
      window(20, { ...event, verdict: "fault" }),
      window(30, { verdict: "maintenance" }),
    ];
    expect(chooseWindows(windows)).toMatchObject({
      learn: [{ id: "w10" }],
      ...{ falseAlarms: 1, leftOut: { labelled: 2 } },
    });
  });

  it("are the windows in the midst of a false alarm, which nobody spoke of by themselves", () => {
    const alarm = { reason: "event", eventId: "e", isAnomalous: true } as const;
    const windows = [
      window(10, { ...alarm, verdict: "false-alarm" }),
      window(15, { isAnomalous: true }),
      window(20, { ...alarm, verdict: "false-alarm" }),
      window(25, { isAnomalous: true }),
    ];
    expect(learnt(windows)).toEqual(["w10", "w15", "w20"]);
    expect(chooseWindows(windows)).toMatchObject({ falseAlarms: 3, leftOut: { unjudged: 1 } });
  });

  it("do not lie within a fault, unless people say that they are well", () => {
    const fault = { reason: "event", eventId: "e", verdict: "fault" } as const;
    const windows = [
      window(10, fault),
      window(12),
      window(30),
      window(40, { verdict: "false-alarm" }),
      window(60, fault),
      window(64),
    ];
    expect(learnt(windows)).toEqual(["w40", "w64"]);
    expect(chooseWindows(windows).leftOut).toMatchObject({ "within-fault": 2, labelled: 2 });
  });

  it("have no unknown cell", () => {
    const holed = window(10, { values: Float64Array.of(1, Number.NaN, 3, 4) });
    expect(chooseWindows([holed, window(20)])).toMatchObject({
      learn: [{ id: "w20" }],
      leftOut: { incomplete: 1 },
    });
  });
});

it("windows become frames in time order, each once, with gaps between", () => {
  const frames = framesOfWindows([window(20), window(10), window(12)]);
  expect(frames.map(({ timeMs }) => timeMs / 1000)).toEqual([7, 8, 9, 10, 11, 12, 17, 18, 19, 20]);
  expect(frames.map(({ values }) => values[0])).toEqual([7, 8, 9, 10, 11, 12, 17, 18, 19, 20]);
});
