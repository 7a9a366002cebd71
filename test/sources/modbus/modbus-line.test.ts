import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeLine } from "./fake-line.ts";
import { badTags, latenessMs, p99, pass, register, registers, upTo, watch } from "./watch-line.ts";

describe("modbus line", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  describe("with a unit that is away", () => {
    it("one powered-off unit does not stop the others: 19 of 20 keep their period", async () => {
      const line = fakeLine(upTo(20));
      const beginMs = Date.now();
      const { status, reached } = watch(line, { tags: registers(upTo(20), 50) });
      const dead = line.units[10];
      if (dead) dead.reaction = () => "silent";
      await pass(600_000);
      for (const unitId of upTo(20).filter((id) => id !== 10)) {
        const late = latenessMs(line, unitId, 1000);
        expect(late.length).toBeGreaterThanOrEqual(599);
        expect(p99(late)).toBeLessThanOrEqual(100);
      }
      expect([line.mostAtOnce(), line.connections()]).toEqual([1, 1]);
      const [trouble, ...others] = status().troubles;
      expect(others).toEqual([]);
      expect(trouble).toMatchObject({ part: "unit 10", error: { code: "SOURCE_UNREACHABLE" } });
      expect(trouble?.tags).toHaveLength(50);
      expect(trouble?.sinceMs).toBeLessThan(beginMs + 2000); // not when it was probed last
      expect(trouble?.error.message).toMatch(
        /^modbus line:502, unit 10, function 3 \(holding\), address 0, count 50: no answer within \d+ ms; asked again in \d+ s$/,
      );

      if (dead) dead.reaction = () => undefined;
      const mendedMs = performance.now();
      await pass(301_000);
      expect(reached("live", mendedMs)).toBeDefined();
    });

    it("probes it only while nobody else has a turn", async () => {
      const line = fakeLine([1, 2]);
      if (line.units[1]) line.units[1].reaction = () => "silent";
      watch(line, { tags: registers([1, 2], 1) });
      await pass(600_000);
      const late = latenessMs(line, 2, 1000).slice(0, -1); // once, when unit 1 was still trusted
      expect(Math.max(...late)).toBeLessThan(10);
      expect(line.requests.filter(({ unitId }) => unitId === 1).length).toBeLessThan(15);
    });

    it("reads the others on one connection although half of the line is dead from the start", async () => {
      const line = fakeLine(upTo(20));
      for (const unitId of upTo(10)) {
        const unit = line.units[unitId];
        if (unit) unit.reaction = () => "silent";
      }
      const { status } = watch(line, { tags: registers(upTo(20), 2) });
      await pass(120_000);
      expect(line.connections()).toBe(1);
      expect(status().state).toBe("degraded");
      expect(status().troubles.map(({ part }) => part)).toEqual(
        expect.arrayContaining(upTo(10).map((unitId) => `unit ${unitId}`)),
      );
      const minute = line.requests.filter(({ unitId }) => unitId === 20).slice(-60);
      expect((minute.at(-1)?.atMs ?? 0) - (minute[0]?.atMs ?? 0)).toBeLessThan(60_000);
    });

    it("gateway target does not respond (exception 11) hits one unit only, and the connection stays", async () => {
      const line = fakeLine([1, 2, 3]);
      if (line.units[2]) line.units[2].reaction = () => 11;
      const { heard, status } = watch(line, { tags: registers([1, 2, 3], 2) });
      await pass(60_000);
      expect(line.connections()).toBe(1);
      expect(badTags(heard)).toEqual(new Set(["unit2.r0", "unit2.r1"]));
      expect(heard.find(({ quality }) => quality === "bad")?.statusCode).toBe(11);
      expect(status().troubles).toMatchObject([{ part: "unit 2" }]);
      expect(line.requests.filter(({ unitId }) => unitId === 2).length).toBeLessThan(10);
      expect(line.requests.filter(({ unitId }) => unitId === 3)).toHaveLength(60);
    });

    it("a gateway that hangs up when it is asked for it does not lose the others", async () => {
      const line = fakeLine([1, 2, 3]);
      if (line.units[2]) line.units[2].reaction = () => "hang up";
      const { status } = watch(line, { tags: registers([1, 2, 3], 2), retryFirstMs: 10 });
      await pass(300_000);
      expect(line.connections()).toBeLessThan(15);
      expect(line.requests.filter(({ unitId }) => unitId === 3).length).toBeGreaterThan(280);
      expect(status()).toMatchObject({ state: "degraded", troubles: [{ part: "unit 2" }] });
    });

    it.each([
      [100, 1000],
      [1000, 100],
      [1000, 1000],
    ])(
      "units that take the request after a silent unit for its answer are read all the same (%i and %i ms)",
      async (deadMs, pollMs) => {
        const line = fakeLine([1, 2, 3]);
        let isSwallowed = false; // as libmodbus does
        const dead = line.units[2];
        if (dead) {
          dead.reaction = () => {
            isSwallowed = true;
            return "silent";
          };
        }
        for (const unit of [line.units[1], line.units[3]]) {
          if (!unit) continue;
          unit.reaction = () => {
            const reaction = isSwallowed ? "silent" : undefined;
            isSwallowed = false;
            return reaction;
          };
        }
        const { heard, status, source } = watch(line, {
          timeoutMs: 300,
          tags: [
            register(1, 0, { pollMs }),
            register(3, 0, { pollMs }),
            register(2, 0, { pollMs: deadMs }),
          ],
        });
        await pass(60_000);
        expect(source.counters?.().losses).toBe(0);
        expect(badTags(heard)).toEqual(new Set(["unit2.r0"]));
        expect(status().troubles).toMatchObject([{ part: "unit 2" }]);
        const good = heard.filter(({ tag }) => tag === "unit3.r0");
        expect(good.length).toBeGreaterThan(0.9 * (60_000 / pollMs));
      },
    );

    it("a single request that never gets an answer does not take its unit away", async () => {
      const line = fakeLine([1, 2]);
      if (line.units[1]) {
        line.units[1].reaction = ({ address }) => (address === 500 ? "silent" : undefined);
      }
      const tags = [register(1, 500), register(1, 700), register(2, 0)];
      const { heard, status } = watch(line, { tags });
      await pass(120_000);
      const good = heard.filter(({ tag, quality }) => tag === "unit1.r700" && quality === "good");
      expect(good.length).toBeGreaterThan(110);
      expect(line.requests.filter(({ outcome }) => outcome === "silent").length).toBeLessThan(15);
      expect(status().troubles).toMatchObject([{ part: "unit 1", tags: ["unit1.r500"] }]);
    });
  });

  describe("that is dead", () => {
    it("gives up a half-open connection after three units that had just answered", async () => {
      const line = fakeLine(upTo(20));
      const { reached, status } = watch(line, { tags: registers(upTo(20), 1), retryFirstMs: 100 });
      await pass(10_500);
      line.isCut = true;
      const cutMs = performance.now();
      await pass(6500); // five requests: the second and the third unit are asked twice
      expect(line.connections()).toBe(2);
      expect(reached("silent", cutMs)).toBeDefined();

      await pass(55_000);
      line.isCut = false;
      await pass(61_000);
      expect(status().state).toBe("live"); // at once: a dead line is held against no unit
    });

    it("goes on giving up for as long as a single unit is silent, and reads it within a minute after", async () => {
      const line = fakeLine([1]);
      const { reached } = watch(line, { tags: registers([1], 1) });
      await pass(5000);
      line.isCut = true;
      await pass(600_000);
      expect(line.connections()).toBeGreaterThan(10);
      line.isCut = false;
      const mendedMs = performance.now();
      await pass(61_000);
      expect(reached("live", mendedMs)).toBeDefined();
    });

    it("connected but nothing is read: silent, and says why", async () => {
      const line = fakeLine([1]);
      if (line.units[1]) line.units[1].reaction = () => 4;
      const { status, reached } = watch(line, { tags: registers([1], 1) });
      await pass(10_000);
      expect(line.open()).toBe(1);
      expect(reached("live", 0)).toBeUndefined();
      expect(status()).toMatchObject({ state: "silent", error: { code: "SOURCE_REJECTED" } });
    });
  });

  it("reads texts once per connection and every hour, into the status, never as readings", async () => {
    const line = fakeLine([1]);
    const { source, heard, status } = watch(line, {
      tags: registers([1], 1),
      texts: [{ name: "serial number", table: "input", address: 0x4142, registers: 2 }],
    });
    await pass(10_000);
    expect(status().texts).toEqual({ "serial number": "ABAC" });
    expect(heard.every(({ tag }) => tag === "unit1.r0")).toBe(true);
    const texts = () => line.requests.filter(({ table }) => table === "input").length;
    expect(texts()).toBe(1);
    await pass(3_600_000);
    expect(texts()).toBe(2);
    expect(source.counters?.().skippedPolls).toBe(0);
  });
});
