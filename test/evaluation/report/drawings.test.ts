import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bandPath, scaleOf } from "../../../src/evaluation/report/draw-band.ts";
import { drawHeat } from "../../../src/evaluation/report/draw-heat.ts";
import { commonStretches, drawStretches } from "../../../src/evaluation/report/draw-stretches.ts";
import { html } from "../../../src/evaluation/report/html.ts";
import { createTimeAxis } from "../../../src/evaluation/time-axis.ts";

const bandOf = (...values: number[]) => ({
  low: Float64Array.from(values),
  high: Float64Array.from(values),
});

/** The points of a path, one list for each outline. */
function pointsOf(path: string): [x: number, y: number][][] {
  return path
    .split(/(?=M)/)
    .filter((outline) => outline !== "")
    .map((outline) => {
      const numbers = [...outline.matchAll(/-?\d+/g)].map(Number);
      const points: [number, number][] = [];
      for (let place = 0; place < numbers.length; place += 2) {
        const [x, y] = points.at(-1) ?? [0, 0];
        points.push([x + (numbers[place] as number), y + (numbers[place + 1] as number)]);
      }
      return points;
    });
}

describe("a curve", () => {
  it("goes along the highest values and back along the lowest, to a thousandth of their range", () => {
    const pair = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 2, maxLength: 40 }), (pairs) => {
        const low = Float64Array.from(pairs, ([value]) => value);
        const high = Float64Array.from(pairs, ([value, above]) => value + above);
        const scale = scaleOf({ low, high });
        const [points = []] = pointsOf(bandPath({ low, high }, pairs.length, scale));
        const expected = [...high.entries(), ...[...low.entries()].reverse()];
        expect(points.map(([x]) => x)).toEqual(expected.map(([x]) => x));
        const span = scale.high - scale.low;
        points.forEach(([, y], place) => {
          const value = span === 0 ? scale.high : scale.high - (y / 1_000) * span;
          expect(Math.abs(value - (expected[place]?.[1] ?? Number.NaN))).toBeLessThanOrEqual(
            span / 1_000,
          );
        });
      }),
    );
  });

  it("breaks where values are missing, but not between those that come every other bin", () => {
    const none = Number.NaN;
    const values = bandOf(
      1,
      none,
      2,
      none,
      1,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      2,
      none,
      1,
    );
    const outlines = pointsOf(bandPath(values, 15, { low: 1, high: 2 }));
    expect(outlines.map((points) => points.map(([x]) => x))).toEqual([
      [0, 2, 4, 4, 2, 0],
      [12, 14, 14, 12],
    ]);
  });

  it("of one value lies in the middle", () => {
    const band = bandOf(7, 7);
    expect(pointsOf(bandPath(band, 2, scaleOf(band)))[0]?.map(([, y]) => y)).toEqual([
      500, 500, 500, 500,
    ]);
  });
});

it("a heat map has one path for each shade, and leaves out what is next to nothing", () => {
  const { markup } = drawHeat(bandOf(0.01, 0.01, 1, 1, 0.4, 1), 6);
  expect(markup.match(/opacity="[^"]+" d="[^"]+"/g)).toEqual([
    'opacity="0.4" d="M0 500m4 0h1"',
    'opacity="1" d="M0 500m2 0h2m1 0h1"',
  ]);
});

describe("stretches of time", () => {
  const axis = createTimeAxis(1_000);
  axis.put(axis.addBand(), 0, 1);
  axis.put(axis.addBand(), 999_000, 1);

  it("are one box when they stand closer than a bin, and wide enough to be seen", () => {
    const stretches = [
      { fromMs: 1_000, toMs: 9_000 },
      { fromMs: 9_500, toMs: 20_000 },
      { fromMs: 500_000, toMs: 500_001 },
    ];
    const { markup } = drawStretches(axis, stretches, "hit", [0, 1_000]);
    expect([...markup.matchAll(/x="([^"]+)" width="([^"]+)"/g)].map(([, ...box]) => box)).toEqual([
      ["1.0", "19.0"],
      ["500.0", "2.0"],
    ]);
  });

  it("have in common what belongs to both", () => {
    const alarms = [
      { fromMs: 0, toMs: 10 },
      { fromMs: 20, toMs: 30 },
    ];
    expect(commonStretches(alarms, [{ fromMs: 5, toMs: 25 }])).toEqual([
      { fromMs: 5, toMs: 10 },
      { fromMs: 20, toMs: 25 },
    ]);
  });
});

it("names from outside stay text, in the page and in attributes", () => {
  const name = `"><script>alert('1')</script>&`;
  expect(html`<p title="${name}">${name}${html`<b>${1}</b>`}</p>`.markup).toBe(
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">' +
      "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;<b>1</b></p>",
  );
});
