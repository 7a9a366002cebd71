import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../src/errors.ts";
import { backOff } from "../../src/outbox/delivery/back-off.ts";

const failure = (cause?: unknown) =>
  new GatewayError("SINK_UNREACHABLE", "no route", { cause, retryable: true });

describe("the wait between two attempts", () => {
  it("doubles up to a minute, and begins anew after a success", () => {
    const retries = backOff({ random: () => 1 });
    const waits = Array.from({ length: 8 }, () => retries.nextMs(failure()) / 1000);
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    retries.reset();
    expect(retries.nextMs(failure())).toBe(1000);
  });

  it("stays a minute after any number of failures", () => {
    const retries = backOff({ random: () => 1 });
    for (let failures = 0; failures < 2000; failures++) retries.nextMs(failure());
    expect(retries.nextMs(failure())).toBe(60_000);
  });

  it("is spread over the whole range, so that a fleet does not come back at once", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (dice) => {
        expect(backOff({ random: () => dice }).nextMs(failure())).toBe(Math.round(dice * 1000));
      }),
    );
  });

  it.each([
    { retryAfterMs: 90_000, waitMs: 90_500 },
    { retryAfterMs: 0, waitMs: 500 },
    { retryAfterMs: -5, waitMs: 500 },
    { retryAfterMs: Number.NaN, waitMs: 500 },
    { retryAfterMs: "soon", waitMs: 500 },
    { retryAfterMs: 1e12, waitMs: 3_600_500 },
  ])("is $waitMs ms when the receiver asked for $retryAfterMs", ({ retryAfterMs, waitMs }) => {
    const retries = backOff({ random: () => 0.5 });
    expect(retries.nextMs(failure({ retryAfterMs }))).toBe(waitMs);
  });

  it.each([
    { retryFirstMs: 0 },
    { retryFirstMs: 2000, retryMaxMs: 1000 },
    { retryMaxMs: Number.POSITIVE_INFINITY },
    { retryFirstMs: Number.NaN },
  ])("cannot be %o", (options) => {
    expect(() => backOff(options)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});
