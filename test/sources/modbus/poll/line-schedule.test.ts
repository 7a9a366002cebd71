import { describe, expect, it } from "vitest";
import {
  type LineSchedule,
  lineSchedule,
} from "../../../../src/sources/modbus/poll/line-schedule.ts";
import type { ModbusRequest, PlanItem } from "../../../../src/sources/modbus/poll/plan-requests.ts";
import type { Poll } from "../../../../src/sources/modbus/poll/poll-list.ts";

const item = (unitId: number, address: number, pollMs: number): PlanItem => ({
  name: `${unitId}/${address}`,
  unitId,
  table: "holding",
  address,
  count: 1,
  pollMs,
});
const request = (unitId: number, address = 0, pollMs = 1000): ModbusRequest => ({
  ...item(unitId, address, pollMs),
  items: [item(unitId, address, pollMs)],
});

/** A line on which time is only what the requests take. */
function line(requests: readonly ModbusRequest[], takesMs: (unitId: number) => number | "silent") {
  const schedule: LineSchedule<PlanItem> = lineSchedule(requests, {
    timeoutMs: () => 1000,
    quarantineFirstMs: 5000,
    quarantineMaxMs: 300_000,
    random: () => 1,
  });
  let nowMs = 0;
  const asked: { unitId: number; address: number; atMs: number; skipped: number }[] = [];
  schedule.restart(0);
  return {
    schedule,
    asked,
    of: (unitId: number) => asked.filter((one) => one.unitId === unitId).map(({ atMs }) => atMs),
    run(untilMs: number) {
      while (nowMs < untilMs) {
        const turn = schedule.next(nowMs);
        if ("waitMs" in turn) {
          nowMs += turn.waitMs;
          continue;
        }
        const { poll, timeoutMs, skipped } = turn;
        const { unitId, address } = poll.request;
        asked.push({ unitId, address, atMs: nowMs, skipped });
        nowMs += settle(schedule, poll, timeoutMs, nowMs, takesMs(unitId));
      }
    },
  };
}

function settle(
  schedule: LineSchedule<PlanItem>,
  poll: Poll<PlanItem>,
  timeoutMs: number,
  nowMs: number,
  takes: number | "silent",
): number {
  if (takes === "silent") {
    schedule.failed(poll, nowMs + timeoutMs);
    return timeoutMs;
  }
  schedule.served(poll, nowMs + takes);
  return takes;
}

const lateness = (times: readonly number[], pollMs = 1000): number[] =>
  times.map((timeMs) => timeMs % pollMs);

describe("line schedule", () => {
  it("asks on a grid that does not drift", () => {
    const { run, of } = line([request(1), request(1, 5, 250)], () => 3);
    run(60_000);
    expect(of(1).filter((timeMs) => timeMs % 1000 < 10)).toHaveLength(120);
    expect(Math.max(...lateness(of(1), 250))).toBeLessThanOrEqual(6);
  });

  it("never queues: a slow device is asked one thing at a time, and what it has no time for is skipped", () => {
    const { run, asked } = line([request(1), request(1, 5)], () => 1700);
    run(60_000);
    for (const [place, { atMs }] of asked.entries()) {
      if (place > 0) expect(atMs - (asked[place - 1]?.atMs ?? 0)).toBeGreaterThanOrEqual(1700);
    }
    const skipped = asked.reduce((sum, one) => sum + one.skipped, 0);
    expect(skipped + asked.length).toBeGreaterThanOrEqual(118);
  });

  it("one powered-off unit does not stop the others: 19 of 20 keep their period", () => {
    const units = Array.from({ length: 20 }, (_, place) => place + 1);
    const { run, of } = line(
      units.map((unitId) => request(unitId)),
      (unitId) => (unitId === 10 ? "silent" : 2),
    );
    run(600_000);
    for (const unitId of units.filter((unit) => unit !== 10)) {
      const late = lateness(of(unitId)).sort((a, b) => a - b);
      expect(late).toHaveLength(600 - (unitId > 10 ? 1 : 0));
      expect(late[Math.floor(0.99 * late.length)]).toBeLessThan(100);
    }
    expect(of(10).length).toBeLessThan(14);
  });

  it("leaves a dead unit alone for a time that doubles up to five minutes", () => {
    const { run, of } = line([request(1), request(2)], (unit) => (unit === 1 ? "silent" : 2));
    run(3_000_000);
    const gaps = of(1).map((timeMs, place, times) => timeMs - (times[place - 1] ?? 0));
    const seconds = gaps.slice(3, 9).map((gapMs) => Math.round(gapMs / 5000) * 5);
    expect(seconds).toEqual([5, 10, 20, 40, 80, 160]);
    expect(Math.max(...gaps)).toBeLessThan(305_000);
  });

  it("asks a dead unit while nobody else has a turn", () => {
    const { run, asked } = line([request(1), request(2)], (unit) => (unit === 1 ? "silent" : 2));
    run(120_000);
    for (const { unitId, atMs } of asked.slice(1)) {
      if (unitId === 2) expect(atMs % 1000).toBeLessThan(10);
    }
  });

  it("asks a dead unit in the end although the line is never idle", () => {
    const { run, of } = line([request(1), request(2, 0, 100)], (unit) =>
      unit === 1 ? "silent" : 90,
    );
    run(60_000);
    expect(of(1).length).toBeGreaterThan(4);
  });

  it("takes a unit up at once, with all its requests, when it answers again", () => {
    let isDead = true;
    const { run, of, asked } = line([request(1), request(1, 7), request(2)], (unit) =>
      unit === 1 && isDead ? "silent" : 2,
    );
    run(100_000);
    isDead = false;
    const before = asked.length;
    run(200_000);
    const backMs = asked.slice(before).find(({ unitId }) => unitId === 1)?.atMs ?? 0;
    const addresses = asked.filter(({ unitId, atMs }) => unitId === 1 && atMs >= backMs);
    expect(
      addresses
        .slice(0, 2)
        .map(({ address }) => address)
        .sort(),
    ).toEqual([0, 7]);
    expect(addresses.every(({ skipped }) => skipped === 0)).toBe(true);
    const seconds = (200_000 - backMs) / 1000;
    expect(of(1).filter((atMs) => atMs > backMs).length).toBeGreaterThan(2 * seconds - 3);
  });

  it("skips what is due of a unit that did not answer, and begins with another request next time", () => {
    const { run, asked } = line([request(1), request(1, 7), request(2)], (unit) =>
      unit === 1 ? "silent" : 2,
    );
    run(2000);
    expect(asked.filter(({ unitId }) => unitId === 1).map(({ address }) => address)).toEqual([
      0, 7,
    ]);
  });

  it("leaves a refused request alone, and only that", () => {
    const { schedule, run, asked } = line([request(1), request(1, 7)], () => 2);
    const turn = schedule.next(0);
    if (!("poll" in turn)) throw new Error("nothing is due");
    schedule.rest(turn.poll, 0, 60_000);
    run(59_000);
    expect(new Set(asked.map(({ address }) => address))).toEqual(new Set([7]));
    run(62_000);
    expect(asked.some(({ address }) => address === 0)).toBe(true);
  });
});
