import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeLine } from "./fake-line.ts";
import { badTags, covers, pass, register, registers, shapes, upTo, watch } from "./watch-line.ts";

describe("modbus line with a device that refuses", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("one illegal address in a batch: only that tag is bad, and the hole is remembered over connections", async () => {
    const line = fakeLine([1]);
    const unit = line.units[1];
    if (unit) unit.reaction = (read) => (covers(7)(read) ? 2 : undefined);
    const { heard, status } = watch(line, { tags: registers([1], 20) });
    await pass(30_000);
    expect(badTags(heard)).toEqual(new Set(["unit1.r7"]));
    expect(heard.find(({ quality }) => quality === "bad")?.statusCode).toBe(2);
    expect(status().troubles).toMatchObject([{ part: "tag unit1.r7", tags: ["unit1.r7"] }]);
    const learnt = line.requests.filter(({ outcome }) => outcome === "refused").length;
    expect(learnt).toBeLessThanOrEqual(6);

    line.isCut = true;
    await pass(5000);
    line.isCut = false;
    await pass(20_000);
    expect(line.connections()).toBeGreaterThan(1);
    const again = line.requests.filter(({ outcome }) => outcome === "refused").slice(learnt);
    expect(again.map(({ address, count }) => [address, count])).toEqual([[7, 1]]);
  });

  it("asks for all at once again when the refusal is over", async () => {
    const line = fakeLine([1]);
    const unit = line.units[1];
    if (unit) unit.reaction = () => 2; // as some do while they start
    const { status } = watch(line, { tags: registers([1], 20) });
    await pass(10_000);
    expect(status().state).toBe("silent");
    if (unit) unit.reaction = () => undefined;
    await pass(120_000);
    expect(status().state).toBe("live");
    line.requests.length = 0;
    await pass(10_000);
    expect(new Set(shapes(line))).toEqual(new Set(["0+20 answered"]));
  });

  it("finds a hole that it has read over, which is no tag's", async () => {
    const line = fakeLine([1]);
    if (line.units[1]) line.units[1].reaction = (read) => (covers(5)(read) ? 2 : undefined);
    const { heard } = watch(line, { tags: [register(1, 0), register(1, 10)] });
    await pass(2500);
    expect(badTags(heard)).toEqual(new Set());
    expect(shapes(line).slice(0, 5)).toEqual([
      "0+11 refused",
      "0+1 answered",
      "10+1 answered",
      "0+1 answered",
      "10+1 answered",
    ]);
  });

  it("a device that allows fewer registers, with and without being told so", async () => {
    const line = fakeLine([1, 2]);
    for (const unitId of [1, 2]) {
      const unit = line.units[unitId];
      if (unit) unit.reaction = ({ count }) => (count > 50 ? 3 : undefined);
    }
    const { status } = watch(line, {
      tags: registers([1, 2], 100),
      units: { 2: { maxRegisters: 50 } },
    });
    await pass(10_000);
    expect(status().state).toBe("live");
    const refused = line.requests.filter(({ outcome }) => outcome === "refused");
    expect(refused.map(({ unitId, count }) => [unitId, count])).toEqual([[1, 100]]);
  });

  it("a device that answers only single reads, with and without being told so", async () => {
    const line = fakeLine([1, 2]);
    for (const unitId of [1, 2]) {
      const unit = line.units[unitId];
      if (unit) unit.reaction = ({ count }) => (count > 1 ? 2 : undefined);
    }
    const { heard, status } = watch(line, {
      tags: registers([1, 2], 8),
      units: { 2: { oneByOne: true } },
    });
    await pass(10_000);
    expect(status().state).toBe("live");
    expect(badTags(heard)).toEqual(new Set());
    const refused = line.requests.filter(({ outcome }) => outcome === "refused");
    expect(new Set(refused.map(({ unitId }) => unitId))).toEqual(new Set([1]));
  });

  it("one register with sixteen bits that is refused is asked for once in a while, not sixteen times", async () => {
    const line = fakeLine([1]);
    if (line.units[1]) line.units[1].reaction = (read) => (covers(3)(read) ? 2 : undefined);
    const bits = upTo(16).map((bit) =>
      register(1, 3, { name: `bit${bit}`, type: "bool", bit: bit - 1 }),
    );
    const { heard } = watch(line, { tags: [...bits, register(1, 40)] });
    await pass(59_000);
    expect(badTags(heard).size).toBe(16);
    expect(line.requests.filter(({ outcome }) => outcome === "refused")).toHaveLength(1);
  });
});
