import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { Reading } from "../../src/core/reading.ts";
import { type AlignerOptions, createAligner } from "../../src/math/aligner.ts";

const reading = (tag: string, timeMs: number, value: number): Reading => ({
  tag,
  timeMs,
  value,
  quality: "good",
});

function align(readings: readonly Reading[], options: Partial<AlignerOptions> = {}) {
  const frames: Frame[] = [];
  const drops: string[] = [];
  const onDrop = (_: Reading, why: string): void => void drops.push(why);
  const aligner = createAligner({ tags: ["a", "b"], periodMs: 1000, onDrop, ...options }, (frame) =>
    frames.push(frame),
  );
  for (const one of readings) aligner.push(one);
  const beforeFlush = frames.length;
  aligner.flush();
  const rows = frames.map(({ timeMs, values }) => [timeMs, ...values]);
  return { frames, rows, drops, beforeFlush };
}

describe("aligner", () => {
  it("takes the newest reading of each tag up to the frame's instant", () => {
    const { rows } = align([
      reading("a", 1000, 1),
      reading("b", 1000, 10),
      reading("a", 1400, 2),
      reading("b", 1900, 11),
      reading("a", 1950, 3),
    ]);
    expect(rows).toEqual([
      [1000, 1, 10],
      [2000, 3, 11],
    ]);
  });

  it("lets a frame go as soon as every tag has reached its instant", () => {
    const { beforeFlush } = align([reading("a", 1000, 1), reading("b", 1000, 10)]);
    expect(beforeFlush).toBe(1);
  });

  it("waits for a slow tag no longer than the lateness", () => {
    const early = align([reading("a", 1000, 1), reading("a", 2000, 2)]);
    expect(early.beforeFlush).toBe(0);
    const late = align([reading("a", 1000, 1), reading("a", 2000, 2), reading("a", 2001, 3)]);
    expect(late.beforeFlush).toBe(1);
  });

  it("fills a gap with the last value, says how old it is, and gives it up at the maximum age", () => {
    const a = [1, 2, 3, 4, 5, 6].map((second) => reading("a", second * 1000, second));
    const { frames } = align([reading("b", 1000, 10), ...a]);
    expect(frames.map(({ values }) => values[1])).toEqual([10, 10, 10, 10, Number.NaN, Number.NaN]);
    expect(frames.map(({ agesMs }) => agesMs[1])).toEqual([
      0,
      1000,
      2000,
      3000,
      Infinity,
      Infinity,
    ]);
  });

  it("jumps over a stretch in which nothing is known", () => {
    const { rows } = align([
      reading("a", 1000, 1),
      reading("b", 1000, 10),
      reading("a", 9000, 2),
      reading("b", 9000, 11),
    ]);
    expect(rows.map(([timeMs]) => timeMs)).toEqual([1000, 2000, 3000, 4000, 9000]);
  });

  it("starts the grid at multiples of the period, whenever it is started", () => {
    const { rows } = align([reading("a", 1234, 1), reading("b", 1300, 10)]);
    expect(rows).toEqual([[2000, 1, 10]]);
  });

  it("takes bad readings and numbers that are not finite for no value, and counts them", () => {
    const { rows, drops } = align([
      reading("a", 1000, 1),
      reading("b", 1000, 10),
      { ...reading("a", 2000, Number.NaN), quality: "bad" },
      reading("b", 2000, Number.POSITIVE_INFINITY),
      reading("a", 3000, 3),
    ]);
    expect(rows).toEqual([
      [1000, 1, 10],
      [2000, 1, 10],
      [3000, 3, 10],
    ]);
    expect(drops).toEqual(["bad-quality", "bad-quality"]);
  });

  it("tells a tag whose source says bad from one that is not heard of, frame by frame", () => {
    const bad = (timeMs: number): Reading => ({
      ...reading("b", timeMs, Number.NaN),
      quality: "bad",
    });
    const a = [1, 2, 3, 4, 5, 6].map((second) => reading("a", second * 1000, second));
    const [a1, a2, a3, a4, a5, a6] = a as [Reading, Reading, Reading, Reading, Reading, Reading];
    const { frames } = align([
      a1,
      reading("b", 1000, 10),
      a2,
      bad(1900),
      a3,
      a4,
      a5,
      reading("b", 5000, 11),
      a6,
    ]);
    expect(frames.map(({ bad: marks }) => marks?.[1] ?? 0)).toEqual([0, 1, 1, 1, 0, 0]);
    expect(frames.map(({ values }) => values[1])).toEqual([10, 10, 10, 10, 11, 11]);
    expect(frames[0]).not.toHaveProperty("bad");
    const silent = align([a1, reading("b", 1000, 10), a2, a3]).frames;
    expect(silent.every((frame) => frame.bad === undefined)).toBe(true);
  });

  it("marks a frame as bad from the bad reading's own time on, though frames wait for others", () => {
    const lost: Reading = { ...reading("a", 3000, Number.NaN), quality: "bad" };
    const { frames } = align([
      reading("a", 1000, 1),
      reading("a", 2000, 2),
      lost,
      ...[1, 2, 3].map((second) => reading("b", second * 1000, second)),
    ]);
    expect(frames.map(({ bad: marks }) => marks?.[0] ?? 0)).toEqual([0, 0, 1]);
  });

  it("counts a reading whose frame has left as late, and holds it for the next one", () => {
    const { rows, drops } = align([
      reading("a", 1000, 1),
      reading("a", 2000, 2),
      reading("a", 3500, 3),
      reading("b", 1900, 10),
      reading("b", 3500, 11),
    ]);
    expect(drops).toEqual(["late"]);
    expect(rows).toEqual([
      [1000, 1, Number.NaN],
      [2000, 2, Number.NaN],
      [3000, 2, 10],
      [4000, 3, 11],
    ]);
  });

  describe("with a tag that is reported on change", () => {
    const tags = ["a", { name: "b", reporting: "on-change" }] as const;
    const a = (from: number, to: number): Reading[] =>
      Array.from({ length: to - from + 1 }, (_, row) => reading("a", (from + row) * 1000, row));
    const b = ({ frames }: { frames: Frame[] }): (number | undefined)[] =>
      frames.map(({ values }) => values[1]);

    it("lets its value stand, as if it had been measured", () => {
      const { frames } = align([reading("b", 1000, 10), ...a(1, 60)], { tags });
      expect(frames.length).toBe(60);
      expect(frames.every(({ values, agesMs }) => values[1] === 10 && agesMs[1] === 0)).toBe(true);
    });

    it("knows nothing of it any more once its source says bad, until the next value", () => {
      const lost: Reading = { tag: "b", timeMs: 3000, value: Number.NaN, quality: "bad" };
      const aligned = align(
        [reading("b", 1000, 10), ...a(1, 2), lost, ...a(3, 4), reading("b", 5000, 11), ...a(5, 6)],
        { tags },
      );
      expect(b(aligned)).toEqual([10, 10, Number.NaN, Number.NaN, 11, 11]);
      expect(aligned.drops).toEqual(["bad-quality"]);
    });

    it("does not fill a long gap of the whole machine with it", () => {
      const { frames } = align([reading("b", 1000, 10), ...a(1, 2), ...a(100_000, 100_001)], {
        tags,
      });
      expect(frames.length).toBeLessThan(610);
      expect(frames.at(-1)?.timeMs).toBe(100_001_000);
    });
  });

  it("takes no reading without a time, and goes on", () => {
    const { rows, drops } = align([
      reading("a", Number.NaN, 0),
      ...[1, 2].flatMap((second) => [
        reading("a", second * 1000, second),
        reading("b", second * 1000, -second),
      ]),
    ]);
    expect(drops).toEqual(["bad-quality"]);
    expect(rows).toEqual([
      [1000, 1, -1],
      [2000, 2, -2],
    ]);
  });

  it("does not let one wrong clock make everything after it late", () => {
    const seconds = Array.from({ length: 20 }, (_, row) => row + 1);
    const readings = seconds.flatMap((second) => [
      reading("a", second * 1000, second),
      reading("b", second * 1000, -second),
    ]);
    readings.splice(10, 0, reading("b", 365 * 86_400_000, 99));
    const { rows, drops } = align(readings);
    expect(drops).toEqual(["time-jump"]);
    expect(rows).toEqual(seconds.map((second) => [second * 1000, second, -second]));
  });

  it("believes a gap that the next reading confirms, and loses nothing of it", () => {
    const { rows, drops } = align([
      reading("a", 1000, 1),
      reading("b", 1000, 2),
      reading("a", 9e8, 3),
      reading("b", 9e8, 4),
    ]);
    expect(drops).toEqual([]);
    expect(rows.at(-1)).toEqual([9e8, 3, 4]);
  });

  it("counts readings of tags that it does not know", () => {
    expect(align([reading("stranger", 1000, 1)]).drops).toEqual(["unknown-tag"]);
  });

  it("gives the same frames whatever the order in which tags arrive, within the lateness", () => {
    const times = fc.uniqueArray(fc.integer({ min: 1, max: 20_000 }), {
      minLength: 2,
      maxLength: 40,
    });
    fc.assert(
      fc.property(times, times, fc.infiniteStream(fc.boolean()), (a, b, picks) => {
        const lanes = [
          a.sort((x, y) => x - y).map((timeMs) => reading("a", timeMs, timeMs)),
          b.sort((x, y) => x - y).map((timeMs) => reading("b", timeMs, -timeMs)),
        ] as const;
        const byTime = lanes.flat().sort((x, y) => x.timeMs - y.timeMs);
        const mixed: Reading[] = [];
        const queues = lanes.map((lane) => [...lane]);
        while (queues.some((queue) => queue.length > 0)) {
          const lane = picks.next().value ? 0 : 1;
          const next = queues[lane]?.shift() ?? queues[1 - lane]?.shift();
          if (next) mixed.push(next);
        }
        const patient = { latenessMs: 1e9 };
        const first = byTime[0] as Reading; // the grid starts with the first reading to arrive
        expect(align([first, ...mixed.filter((one) => one !== first)], patient).rows).toEqual(
          align(byTime, patient).rows,
        );
      }),
    );
  });
});
