import { concat, from, map, NEVER, of, take, timer } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SourceUpdate } from "../../src/sources/source-update.ts";
import { failing, good, sourceOf, value } from "./connection-script.ts";
import { hear } from "./hearing.ts";

describe("the clock of a device", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("marks as late what the device stamps before the tag's last reading", async () => {
    const source = sourceOf([concat(of(value(500), value(400), value(600)), NEVER)]);
    const heard = hear(source);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual([good("a", 500), { ...good("a", 400), late: true }, good("a", 600)]);
    expect(source.counters?.()).toMatchObject({ readings: 3, late: 1, clockJumps: 0 });
  });

  it("leaves out what a server sends once more when the subscription is made anew", async () => {
    const source = sourceOf([concat(of(value(500), value(500), value(600)), NEVER)]);
    const heard = hear(source);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual([good("a", 500), good("a", 600)]);
    expect(source.counters?.()).toMatchObject({ readings: 2, duplicates: 1 });
  });

  it("keeps both values of a device whose clock ticks once a second", async () => {
    const two: SourceUpdate = { readings: [good("a", 500, 1), good("a", 500, 2)] };
    const heard = hear(sourceOf([concat(of(two), NEVER)]));
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual([good("a", 500, 1), good("a", 500, 2)]);
  });

  it("goes on when the clock of the device is set back an hour, and when it is right again", async () => {
    const hour = 3_600_000;
    const times = [10, 1010, 2010 - hour, 3010 - hour, 4010 - hour, 5010 - hour, 6010, 7010];
    let now = 0;
    const source = sourceOf(
      [
        concat(
          timer(0, 1000).pipe(
            take(times.length),
            map((tick) => {
              now = tick * 1000 + 20;
              return value(times[tick] as number);
            }),
          ),
          NEVER,
        ),
      ],
      { now: () => now },
    );
    const heard = hear(source);
    await vi.advanceTimersByTimeAsync(10_000);
    const onTime = heard.filter(({ late }) => !late).map(({ timeMs }) => timeMs);
    expect(onTime).toEqual([10, 1010, 4020, 5020, 6010, 7010]);
    expect(source.counters?.()).toMatchObject({ clockJumps: 1, late: 2 });
  });

  it("believes the clock again after one stamp from the far future", async () => {
    const year = 31_536_000_000;
    const times = [500, 600 + year, 700, 800, 900, 1000];
    const heard = hear(sourceOf([concat(from(times.map(value)), NEVER)]));
    await vi.advanceTimersByTimeAsync(0);
    const onTime = heard.filter(({ late }) => !late).map(({ timeMs }) => timeMs);
    expect(onTime).toEqual([500, 600 + year, 900, 1000]);
  });

  it("keeps the pace of a device whose clock is an hour behind, after an outage", async () => {
    const lives = [failing, concat(of(value(100), value(200), value(300)), NEVER)];
    const heard = hear(sourceOf(lives, { now: () => 3_600_000 }));
    await vi.advanceTimersByTimeAsync(60_000);
    const [blank, ...values] = heard.map(({ timeMs }) => timeMs) as [number, ...number[]];
    expect(values.map((timeMs) => timeMs - blank)).toEqual([0, 100, 200]);
  });
});
