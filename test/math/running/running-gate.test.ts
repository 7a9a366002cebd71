import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FrameWindow } from "../../../src/core/frame.ts";
import type { RunningRule } from "../../../src/core/model-card.ts";
import { createRunningGate, runningRows } from "../../../src/math/running/running-gate.ts";

const tags = [{ name: "current" }, { name: "speed" }];
const PERIOD_MS = 1_000;
const LENGTH = 3;

/** `1` is a row of the running machine, `0` one of rest, `?` one without a known speed. */
type Rows = string;

const SPEEDS: Readonly<Record<string, number>> = { 0: 0, 1: 200, "?": Number.NaN };

function valuesOf(rows: Rows): Float64Array {
  return Float64Array.from([...rows].flatMap((row) => [7, SPEEDS[row] as number]));
}

function windowsOf(rows: Rows, { firstMs = 10_000, stride = 1, periodMs = PERIOD_MS } = {}) {
  const values = valuesOf(rows);
  const windows: FrameWindow[] = [];
  for (let end = LENGTH; end <= rows.length; end += stride) {
    windows.push({
      endMs: firstMs + (end - 1) * periodMs,
      length: LENGTH,
      tags: 2,
      values: values.subarray((end - LENGTH) * 2, end * 2),
      coverage: 1,
    });
  }
  return windows;
}

const gateFor = (rule: Partial<RunningRule> = {}, periodMs = PERIOD_MS) =>
  createRunningGate({ expression: "speed > 100", settleMs: 0, ...rule }, tags, periodMs);

/** One sign per window of three rows, below its last row: `+` judged, `-` not running, `?` not known. */
function judged(windows: readonly FrameWindow[], gate = gateFor()): string {
  const sign = { true: "+", false: "-", undefined: "?" };
  return windows.map((window) => sign[`${gate.isRunning(window)}`]).join("");
}

describe("the windows of a machine that stops and starts", () => {
  it("are judged while every row of them runs", () => {
    const rows = "0011111001111";
    const told = "--+++----++";
    expect(judged(windowsOf(rows))).toBe(told);
  });

  it("are not judged until the machine had settled before their first row", () => {
    const rows = "00111111111";
    const told = "----+++++";
    expect(judged(windowsOf(rows), gateFor({ settleMs: 2_000 }))).toBe(told);
  });

  it("settle anew after every start", () => {
    const rows = "011111011111";
    const told = "---+-----+";
    expect(judged(windowsOf(rows), gateFor({ settleMs: 2_000 }))).toBe(told);
  });

  it("settle at the beginning of the stream, too: it may have begun with the machine", () => {
    expect(judged(windowsOf("1111111"), gateFor({ settleMs: 2_000 }))).toBe("--+++");
    expect(judged(windowsOf("1111111"))).toBe("+++++");
  });

  it("may come with a stride, or not overlap at all", () => {
    const rows = "001111111111";
    expect(judged(windowsOf(rows, { stride: 3 }))).toBe("-+++");
    expect(judged(windowsOf(rows, { stride: 4 }))).toBe("-++");
  });

  it("keep their state over rows that do not tell", () => {
    expect(judged(windowsOf("11??11"))).toBe("++++");
    expect(judged(windowsOf("00??00"))).toBe("----");
    expect(judged(windowsOf("???111"))).toBe("?--+");
  });

  it("are neither judged nor called off once nothing has told for a minute", () => {
    const told = judged(windowsOf(`111${"?".repeat(64)}111`));
    expect(told).toBe(`${"+".repeat(61)}????--+`);
  });

  it("settle anew behind a gap of more than a minute, not behind a shorter one", () => {
    const judgedBehind = (missingRows: number): string => {
      const gate = gateFor({ settleMs: 2_000 });
      judged(windowsOf("111111"), gate);
      return judged(windowsOf("11111", { firstMs: 16_000 + missingRows * PERIOD_MS }), gate);
    };
    expect(judgedBehind(60)).toBe("+++");
    expect(judgedBehind(61)).toBe("--+");
  });

  it("bear three rows that do not tell, however far apart they are", () => {
    const periodMs = 600_000;
    expect(judged(windowsOf("111???1", { periodMs }), gateFor({}, periodMs))).toBe("+++++");
    expect(judged(windowsOf("111????1", { periodMs }), gateFor({}, periodMs))).toBe("++++?-");
  });

  it("are seen anew when the clock was set back", () => {
    const gate = gateFor();
    expect(judged(windowsOf("111"), gate)).toBe("+");
    expect(judged(windowsOf("000", { firstMs: 5_000 }), gate)).toBe("-");
    expect(judged(windowsOf("???", { firstMs: 1_000 }), gate)).toBe("?");
  });
});

describe("the rows to learn from", () => {
  it("are those of the windows that would be judged, and no others", () => {
    const traces = fc.string({ unit: fc.constantFrom("0", "1", "1", "1", "?"), minLength: 3 });
    const settling = fc.integer({ min: 0, max: 4 });
    const periods = fc.constantFrom(1_000, 33.3, 600_000);
    fc.assert(
      fc.property(traces, settling, periods, (rows, settleRows, periodMs) => {
        const rule = { expression: "speed > 100", settleMs: settleRows * periodMs };
        const marks = runningRows(rule, tags, valuesOf(rows), periodMs);
        expect(marks.length).toBe(rows.length);
        const gate = createRunningGate(rule, tags, periodMs);
        windowsOf(rows, { periodMs, firstMs: 0 }).forEach((window, first) => {
          const isWhole = marks.subarray(first, first + LENGTH).every((mark) => mark === 1);
          expect(gate.isRunning(window) ?? false).toBe(isWhole);
        });
      }),
    );
  });

  it("are refused by an expression that cannot be read", () => {
    const rule = { expression: "rpm > 100", settleMs: 0 };
    expect(() => runningRows(rule, tags, new Float64Array(), PERIOD_MS)).toThrow("no tag rpm");
    expect(() => gateFor({ settleMs: Number.NaN })).toThrow("settleMs");
  });
});
