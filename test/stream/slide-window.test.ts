import { describe, expect, it } from "vitest";
import type { Frame, FrameWindow } from "../../src/core/frame.ts";
import { slideWindow } from "../../src/stream/slide-window.ts";
import { marbles } from "../marbles.ts";

const frame = (slot: number): Frame => ({
  timeMs: slot,
  periodMs: 1,
  values: Float64Array.of(slot),
  agesMs: Float64Array.of(0),
});
const window = (...slots: number[]): FrameWindow => ({
  endMs: slots.at(-1) ?? 0,
  length: slots.length,
  tags: 1,
  values: Float64Array.from(slots),
  coverage: 1,
});
const frames = { a: frame(1), b: frame(2), c: frame(3), d: frame(4), e: frame(5), g: frame(7) };

describe("slideWindow", () => {
  it(
    "waits for a full window, then emits one per frame",
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot("  a-b-c-d-e|", frames);
      const subs = "        ^--------!";
      const expected = "    ----x-y-z|";

      const result = source.pipe(slideWindow({ length: 3 }));

      expectObservable(result).toBe(expected, {
        x: window(1, 2, 3),
        y: window(2, 3, 4),
        z: window(3, 4, 5),
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    "leaves out the windows between two strides",
    marbles(({ hot, expectObservable }) => {
      const source = hot("  abcde|", frames);
      const expected = "    -x-y-|";
      const result = source.pipe(slideWindow({ length: 2, stride: 2 }));
      expectObservable(result).toBe(expected, { x: window(1, 2), y: window(3, 4) });
    }),
  );

  it(
    "lets no window span a gap",
    marbles(({ hot, expectObservable }) => {
      const source = hot("  deg|", frames);
      const expected = "    -x-|";
      expectObservable(source.pipe(slideWindow({ length: 2 }))).toBe(expected, { x: window(4, 5) });
    }),
  );

  it(
    "passes on never, empty, errors and unsubscription",
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const slide = slideWindow({ length: 1 });
      expectObservable(cold<Frame>("-").pipe(slide)).toBe("-");
      expectObservable(cold<Frame>("|").pipe(slide)).toBe("|");
      expectObservable(cold<Frame>("a#", frames).pipe(slide)).toBe("x#", { x: window(1) });
      const source = cold("a-b-c", frames);
      expectObservable(source.pipe(slide), "^--!").toBe("x-y-", { x: window(1), y: window(2) });
      expectSubscriptions(source.subscriptions).toBe("^--!");
    }),
  );

  it(
    "gives every subscriber a window of its own",
    marbles(({ cold, expectObservable }) => {
      const windows = cold("ab|", frames).pipe(slideWindow({ length: 2 }));
      expectObservable(windows).toBe("-x|", { x: window(1, 2) });
      expectObservable(windows).toBe("-x|", { x: window(1, 2) });
    }),
  );

  it.each([0, -1, 1.5, Number.NaN])("refuses length %s", (length) => {
    expect(() => slideWindow({ length })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });
});
