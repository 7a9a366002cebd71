import { concat, defer, lastValueFrom, NEVER, of, throwError } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GatewayError } from "../../src/errors.ts";
import { loadPeer } from "../../src/load-peer.ts";
import type { Source } from "../../src/sources/source.ts";
import type { SourceUpdate } from "../../src/sources/source-update.ts";
import { failing, good, sourceOf, statuses, unplugged, value } from "./connection-script.ts";
import { hear } from "./hearing.ts";

/** Rejects with what the readings fail with. */
function failure(source: Source): Promise<unknown> {
  return lastValueFrom(source.readings, { defaultValue: undefined });
}

describe("reconnecting source", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits longer after each failure, up to the maximum, and begins anew once a value came", async () => {
    const source = sourceOf(
      [failing, failing, failing, failing, failing, concat(of(value(2000)), failing), NEVER],
      {
        retryFirstMs: 1000,
        retryMaxMs: 4000,
      },
    );
    const seen = statuses(source);
    hear(source);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.map(({ state, retryInMs }) => retryInMs ?? state)).toEqual([
      "idle",
      "connecting",
      1000,
      2000,
      4000, // and the same twice more, which is no change
      "live",
      1000,
    ]);
  });

  it("draws the wait between nothing and the limit", async () => {
    const source = sourceOf([failing], { random: () => 0.25 });
    const seen = statuses(source);
    hear(source);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.at(-1)).toMatchObject({ state: "silent", error: unplugged, retryInMs: 250 });
  });

  it("does not knock again soon after a refusal that repeating cannot change, such as of a password", async () => {
    const refused = throwError(() => new GatewayError("SOURCE_REJECTED", "wrong password"));
    const source = sourceOf([refused], { random: () => 0, retryMaxMs: 60_000 });
    const seen = statuses(source);
    hear(source);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.at(-1)).toMatchObject({ state: "silent", retryInMs: 300_000 });
  });

  it("gives each tag one bad reading per outage, however many attempts it takes", async () => {
    const source = sourceOf(
      [concat(of(value(500)), failing), failing, failing, concat(of(value(9000)), NEVER)],
      {
        tags: [{ name: "a" }, { name: "never read" }],
      },
    );
    const heard = hear(source);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard).toEqual([
      good("a", 500),
      { tag: "a", timeMs: 501, value: Number.NaN, quality: "bad" },
      { tag: "never read", timeMs: 1000, value: Number.NaN, quality: "bad" },
      good("a", 9000),
    ]);
  });

  it("delivers a value that did not change during the outage, with a time that does not run backwards", async () => {
    const source = sourceOf([concat(of(value(500)), failing), concat(of(value(500)), NEVER)]);
    const heard = hear(source);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard.map(({ timeMs, quality }) => [timeMs, quality])).toEqual([
      [500, "good"],
      [501, "bad"],
      [501, "good"],
    ]);
  });

  it("takes a value for newer than a refusal without a time, however old its stamp", async () => {
    const trouble = {
      part: "tag a",
      error: new GatewayError("SOURCE_REJECTED", "waiting for initial data"),
    };
    const blank: SourceUpdate = { blank: ["a"], statusCode: 7, trouble };
    const source = sourceOf([concat(of(value(500), blank, value(500), value(502)), NEVER)]);
    const heard = hear(source);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual([
      good("a", 500),
      { tag: "a", timeMs: 501, value: Number.NaN, quality: "bad", statusCode: 7 },
      good("a", 501),
      good("a", 502),
    ]);
  });

  it("is degraded while some tags have a value and others none", async () => {
    const trouble = {
      part: "unit 7",
      error: new GatewayError("SOURCE_REJECTED", "no such address"),
    };
    const bad = (tag: string): SourceUpdate => ({
      readings: [{ tag, timeMs: 700, value: Number.NaN, quality: "bad" }],
      trouble,
    });
    const source = sourceOf([concat(of(bad("b"), value(600), bad("b")), NEVER)], {
      tags: [{ name: "a" }, { name: "b" }],
    });
    const seen = statuses(source);
    hear(source);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.map(({ state }) => state)).toEqual(["idle", "connecting", "degraded"]);
    expect(seen.at(-1)?.troubles).toEqual([
      { part: "unit 7", tags: ["b"], error: trouble.error, sinceMs: 1000 },
    ]);
  });

  it("gives up on a connection that never says anything", async () => {
    const source = sourceOf([NEVER], { giveUpAfterMs: 5000 });
    const failed = vi.fn();
    const seen = statuses(source);
    failure(source).catch(failed);
    await vi.advanceTimersByTimeAsync(4999);
    expect(failed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(failed).toHaveBeenCalledWith(
      expect.objectContaining({
        code: "SOURCE_UNREACHABLE",
        message: expect.stringContaining("plc is still silent"),
      }),
    );
    expect(seen.at(-1)).toMatchObject({ state: "failed", error: { code: "SOURCE_UNREACHABLE" } });
  });

  it("counts the time to give up from the last value, and repeats the hint", async () => {
    const source = sourceOf(
      [concat(of(value(500)), failing), concat(of(value(600)), failing), failing],
      {
        giveUpAfterMs: 5000,
        retryFirstMs: 4000,
      },
    );
    const failed = vi.fn();
    failure(source).catch(failed);
    await vi.advanceTimersByTimeAsync(8999);
    expect(failed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(failed).toHaveBeenCalledWith(
      expect.objectContaining({
        code: "SOURCE_UNREACHABLE",
        hint: "Plug it in.",
        cause: unplugged,
        retryable: true,
      }),
    );
  });

  it("does not wait for a library to install itself", async () => {
    const missing = Object.assign(new Error("Cannot find package"), {
      code: "ERR_MODULE_NOT_FOUND",
    });
    const failed = vi.fn();
    const source = sourceOf([
      defer(() => loadPeer("modbus-serial", () => Promise.reject(missing))),
    ]);
    failure(source).catch(failed);
    await vi.advanceTimersByTimeAsync(0);
    expect(failed).toHaveBeenCalledWith(
      expect.objectContaining({
        code: "DEPENDENCY_MISSING",
        hint: "Run: npm install modbus-serial",
      }),
    );
  });

  it("tells the status of the newest subscriber, and of the older one when that has left", async () => {
    const source = sourceOf([concat(of(value(500)), NEVER), NEVER]);
    const seen = statuses(source);
    const first = source.readings.subscribe({ error: () => {} });
    const second = source.readings.subscribe({ error: () => {} });
    second.unsubscribe();
    first.unsubscribe();
    expect(seen.map(({ state }) => state)).toEqual([
      "idle",
      "connecting",
      "live",
      "connecting",
      "live",
      "idle",
    ]);
  });

  it.each(["retryFirstMs", "retryMaxMs", "giveUpAfterMs"])("refuses %s of 0", (option) => {
    expect(() => sourceOf([NEVER], { [option]: 0 })).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: `plc: ${option} must be a number above zero, got 0`,
      }),
    );
  });
});
