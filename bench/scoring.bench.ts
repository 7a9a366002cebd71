// Windows a second from frames to scores: our pipeline beside the plain way, in the same run, on the same frames.
// Run with: npm run bench
import { bufferCount, concatMap, from, lastValueFrom, map, type Observable } from "rxjs";
import { type Frame, type Model, scoreWindows, slideWindow, trainModel } from "wheeltapper";

const ROUNDS = 5;
const TAGS = 8;
const LENGTH = 32;

const tags = Array.from({ length: TAGS }, (_, tag) => ({ name: `tag${tag}` }));
const frames = Array.from(
  { length: 4_000 },
  (_, row): Frame => ({
    timeMs: row * 1_000,
    periodMs: 1_000,
    values: Float64Array.from(
      tags,
      (_tag, place) => Math.sin(row / (7 + place)) + noise(row * TAGS + place),
    ),
    agesMs: new Float64Array(TAGS),
  }),
);
const model = await trainModel(frames, { name: "bench", tags, windowLength: LENGTH, maxEpochs: 1 });

const rivals: Readonly<Record<string, () => Promise<unknown>>> = {
  "slideWindow + scoreWindows": () =>
    lastValueFrom(from(frames).pipe(slideWindow({ length: LENGTH }), scoreWindows(model))),
  "bufferCount, one window a run": () => lastValueFrom(plainWay(model)),
};

/** What one writes by hand: copy frames into windows and score each by itself. */
function plainWay({ score }: Model): Observable<unknown> {
  return from(frames).pipe(
    bufferCount(LENGTH, 1),
    map((rows) => ({
      endMs: rows.at(-1)?.timeMs ?? 0,
      length: rows.length,
      tags: TAGS,
      values: Float64Array.from(rows.flatMap(({ values }) => [...values])),
      coverage: 1,
    })),
    concatMap((window) => (window.length === LENGTH ? score([window]) : [])),
  );
}

/** Repeatable noise in [-0.1, 0.1]. */
function noise(place: number): number {
  const mixed = Math.imul(place ^ 0x9e3779b9, 0x85ebca6b);
  return ((mixed >>> 8) / 2 ** 24 - 0.5) / 5;
}

const windowsPerSecond = new Map<string, number[]>();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, run] of Object.entries(rivals)) {
    const startMs = performance.now();
    await run();
    const rate = (1_000 * (frames.length - LENGTH + 1)) / (performance.now() - startMs);
    windowsPerSecond.set(name, [...(windowsPerSecond.get(name) ?? []), rate]);
  }
}
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
const rates = [...windowsPerSecond].map(([name, values]) => ({
  case: name,
  windowsPerSecond: Math.round(median(values)),
}));
for (const rate of rates) console.log(JSON.stringify(rate));
console.log(
  JSON.stringify({ ratio: (rates[0]?.windowsPerSecond ?? 0) / (rates[1]?.windowsPerSecond ?? 1) }),
);
