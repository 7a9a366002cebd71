import { describe, expect, it } from "vitest";
import { completeRunning } from "../../../src/math/running/given-running.ts";
import { madeTrace } from "./stopping-machine.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A fan that runs so many minutes of every hour, and warms up within some minutes. */
const fan = (minutes: number, seconds = 3 * HOUR) =>
  madeTrace(seconds, (second, noise) => {
    const sinceStart = second % HOUR;
    const isOn = sinceStart < minutes * MINUTE;
    return {
      speed: isOn ? 900 + 5 * noise() : 0,
      bearing: isOn ? 60 - 38 * Math.exp(-sinceStart / 100) + 0.3 * noise() : 22,
    };
  });

const complete = (expression: string, trace = fan(40), periodMs = 1_000) =>
  completeRunning(expression, trace.values, trace.tags, periodMs);

describe("a rule that somebody gave", () => {
  it("is kept in one way of writing, and told with the stops of the trace", () => {
    expect(complete("speed>100 && !(bearing > 90)")).toMatchObject({
      expression: "speed > 100 and not bearing > 90",
      why: expect.stringMatching(
        /^given; off for 33\.3 % of the training trace, in 3 stretches; as usual \d+ s after a start$/,
      ),
    });
  });

  it("takes from the trace how long the machine settles after a start", () => {
    const { settleMs } = complete("speed > 100");
    // 100 s to warm up: within 2 K of the end after 290 s.
    expect(settleMs).toBeGreaterThan(200_000);
    expect(settleMs).toBeLessThan(500_000);
    expect(complete("speed > 100", fan(40), 10_000).settleMs).toBe(10 * settleMs);
  });

  it("assumes five minutes where no start was seen, but no more than a tenth of the running time", () => {
    const always = fan(60, HOUR);
    expect(complete("speed > 100", always)).toEqual({
      expression: "speed > 100",
      settleMs: 300_000,
      why: "given; never off in the training trace; no start in it, so 300 s to settle are assumed",
    });
    expect(complete("speed > 100", fan(60, 600)).settleMs).toBe(60_000);
  });

  it("does not leave out most of the time of a machine that never settles", () => {
    expect(complete("speed > 100", fan(4)).settleMs).toBeLessThan(2 * MINUTE * 1_000);
  });

  it("must hold sometimes, or the values are named that speak against it", () => {
    expect(() => complete("speed > 10000")).toThrow(
      expect.objectContaining({
        code: "TRAINING_DATA_INSUFFICIENT",
        message: expect.stringMatching(
          /^running: expected "speed > 10000" to hold .*: speed is 0 to 9\d\d/,
        ),
      }),
    );
  });
});
