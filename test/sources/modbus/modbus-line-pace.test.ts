import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeLine } from "./fake-line.ts";
import { latenessMs, pass, register, registers, upTo, watch } from "./watch-line.ts";

describe("modbus line with too much to do", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("the queue never grows: one request at a time, and what there is no time for is skipped and counted", async () => {
    const line = fakeLine([1, 2], 900);
    const { source } = watch(line, { tags: registers([1, 2], 1) });
    await pass(60_000);
    expect(line.mostAtOnce()).toBe(1);
    expect(line.requests.length).toBeLessThanOrEqual(67);
    const { skippedPolls = 0 } = source.counters?.() ?? {};
    expect(skippedPolls + line.requests.length).toBeGreaterThan(115);
  });

  it("a slow device makes no pile-up and no wrong values", async () => {
    const line = fakeLine([1], 700);
    const { heard } = watch(line, { tags: registers([1], 3), pollMs: 100 });
    await pass(60_000);
    expect(heard.length).toBeGreaterThan(200);
    for (const { tag, value } of heard) expect(tag).toBe(`unit1.r${value}`);
  });

  it("is late for all units alike", async () => {
    const line = fakeLine([1, 2, 3], 600);
    watch(line, { tags: registers([1, 2, 3], 1) });
    await pass(60_000);
    const turns = [1, 2, 3].map((id) => line.requests.filter((r) => r.unitId === id).length);
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1);
  });

  it("keeps the pace of tags with a short period beside a long list with a long one", async () => {
    const line = fakeLine([1, 2], 50);
    const slow = upTo(60).map((place) => register(2, 100 * place, { pollMs: 10_000 }));
    watch(line, { tags: [register(1, 0, { pollMs: 200 }), ...slow] });
    await pass(60_000);
    const late = latenessMs(line, 1, 200);
    expect(late.length).toBeGreaterThanOrEqual(300);
    expect(Math.max(...late)).toBeLessThanOrEqual(50);
  });

  it("still asks a unit again that failed once, although the line is never idle", async () => {
    const line = fakeLine([1, 2], 600);
    const { status } = watch(line, { tags: registers([1, 2], 1), timeoutMs: 1500 });
    await pass(10_000);
    const hiccup = line.units[2];
    if (hiccup) hiccup.reaction = () => "silent";
    await pass(2000);
    if (hiccup) hiccup.reaction = () => undefined;
    await pass(30_000);
    expect(status().state).toBe("live");
  });

  it("rests after each request for as long as was asked for", async () => {
    const line = fakeLine([1, 2], 10);
    watch(line, { tags: registers([1, 2], 1), units: { 1: { pauseMs: 200 } }, pauseMs: 30 });
    await pass(900);
    const [first, second] = line.requests;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBe(210);
  });

  it("takes up a slow unit again that lost one answer, although nobody leaves it that much time", async () => {
    const line = fakeLine([1, 2], 20);
    const slow = line.units[2];
    if (slow) slow.takesMs = 800;
    const { heard } = watch(line, { tags: [register(1, 0, { pollMs: 200 }), register(2, 0)] });
    await pass(10_000);
    if (slow) slow.reaction = () => "silent";
    await pass(1000);
    if (slow) slow.reaction = () => undefined;
    await pass(5000);
    expect(heard.findLast(({ tag }) => tag === "unit2.r0")?.quality).toBe("good");
  });

  it("finds a slow unit that is switched on late, although nobody leaves it that much time", async () => {
    const line = fakeLine([1, 2], 20);
    const slow = line.units[2];
    if (slow) Object.assign(slow, { takesMs: 800, reaction: () => "silent" });
    const { status } = watch(line, { tags: [register(1, 0, { pollMs: 600 }), register(2, 0)] });
    await pass(60_000);
    if (slow) slow.reaction = () => undefined;
    await pass(900_000);
    expect(status().state).toBe("live");
  });
});
