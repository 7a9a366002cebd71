import { concat, defer, lastValueFrom, NEVER, type Observable, of, throwError } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Reading } from "../../src/core/reading.ts";
import { GatewayError } from "../../src/errors.ts";
import { loadPeer } from "../../src/load-peer.ts";
import {
  type ReconnectingSourceOptions,
  reconnectingSource,
  type SourceUpdate,
} from "../../src/sources/reconnecting-source.ts";
import type { Source, SourceStatus } from "../../src/sources/source.ts";
import { hear } from "./hearing.ts";

const unplugged = new GatewayError("SOURCE_UNREACHABLE", "unplugged", {
  retryable: true,
  hint: "Plug it in.",
});
const failing = throwError(() => unplugged);
const good = (tag: string, timeMs: number, value = 1): Reading => ({
  tag,
  timeMs,
  value,
  quality: "good",
});
const value = (timeMs: number): SourceUpdate => ({ readings: [good("a", timeMs)] });

/** Each attempt takes the next of `lives`, the last one for ever. */
function sourceOf(
  lives: readonly Observable<SourceUpdate>[],
  options: Partial<ReconnectingSourceOptions> = {},
): Source {
  let attempt = -1;
  return reconnectingSource({
    name: "plc",
    tags: [{ name: "a" }],
    now: () => 1000,
    random: () => 1,
    connect: () => {
      attempt = Math.min(attempt + 1, lives.length - 1);
      return lives[attempt] as Observable<SourceUpdate>;
    },
    ...options,
  });
}

/** Rejects with what the readings fail with. */
function failure(source: Source): Promise<unknown> {
  return lastValueFrom(source.readings, { defaultValue: undefined });
}

function statuses(source: Source): SourceStatus[] {
  const seen: SourceStatus[] = [];
  const watching = source.status.subscribe({
    next: (status) => seen.push(status),
    error: () => {},
  });
  onTestFinished(() => watching.unsubscribe());
  return seen;
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
      "online",
      1000,
    ]);
  });

  it("draws the wait between nothing and the limit", async () => {
    const source = sourceOf([failing], { random: () => 0.25 });
    const seen = statuses(source);
    hear(source);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.at(-1)).toMatchObject({ state: "offline", error: unplugged, retryInMs: 250 });
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

  it("drops what the device stamps before the tag's last reading", async () => {
    const source = sourceOf([concat(of(value(500), value(400), value(600)), NEVER)]);
    const heard = hear(source);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.map(({ timeMs }) => timeMs)).toEqual([500, 600]);
  });

  it("takes a value for newer than a refusal without a time, however old its stamp", async () => {
    const trouble = new GatewayError("SOURCE_REJECTED", "waiting for initial data");
    const blank: SourceUpdate = { blank: "a", statusCode: 7, trouble };
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

  it("stays online as long as one tag has a value", async () => {
    const trouble = new GatewayError("SOURCE_REJECTED", "no such address");
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
    expect(seen.map(({ state }) => state)).toEqual(["idle", "connecting", "online"]);
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
    expect(seen.at(-1)).toMatchObject({ state: "ended", error: { code: "SOURCE_UNREACHABLE" } });
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
      "online",
      "connecting",
      "online",
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
