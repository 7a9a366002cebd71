import { setTimeout as pause } from "node:timers/promises";

/** What a client prints as JSON when it has run. */
export interface Measured {
  readonly readingsPerSecond: number;
  /** Milliseconds of processor time per 1,000 readings. */
  readonly cpuMs: number;
  readonly rssMegabytes: number;
  /** Of the readings that were given as `watched`, in milliseconds. */
  readonly latenessMs: { readonly p50: number; readonly p99: number; readonly worst: number };
}

const WARM_UP_MS = 45_000; // until V8 has compiled what runs twenty times a second

/** Where a client puts its readings. */
export interface Meter {
  /** A reading arrived. */
  take(tag: string, value: number): void;
}

/**
 * Runs a client and prints what it costs, for as many seconds as the command line says, after a warm-up.
 *
 * @param watched tags whose arrival is held against the period of 1 s
 */
export async function measure(
  watched: readonly string[],
  start: (meter: Meter) => unknown,
): Promise<void> {
  const seconds = Number(process.argv[3] ?? 30);
  const arrivals = new Map<string, number[]>(watched.map((tag) => [tag, []]));
  let readings = 0;
  let sum = 0;
  start({
    take(tag, value) {
      readings += 1;
      sum += value;
      arrivals.get(tag)?.push(performance.now());
    },
  });
  await pause(WARM_UP_MS);
  const before = { readings, cpu: process.cpuUsage(), atMs: performance.now() };
  for (const times of arrivals.values()) times.length = 0;
  await pause(seconds * 1000);
  const { user, system } = process.cpuUsage(before.cpu);
  const count = readings - before.readings;
  if (!Number.isFinite(sum)) throw new Error("a reading was no number");
  const measured: Measured = {
    readingsPerSecond: count / ((performance.now() - before.atMs) / 1000),
    cpuMs: (user + system) / count,
    rssMegabytes: process.memoryUsage.rss() / 2 ** 20,
    latenessMs: lateness([...arrivals.values()], seconds),
  };
  console.log(JSON.stringify(measured));
  process.exit(0);
}

const PERIOD_MS = 1000;

/** How long after its turn each reading came; a turn without any is late until the next. */
function lateness(series: readonly number[][], seconds: number): Measured["latenessMs"] {
  const late = series.flatMap((times) => {
    const phase = Math.min(...times.map((time, turn) => time - turn * PERIOD_MS));
    return Array.from({ length: Math.min(seconds - 2, times.length) }, (_, turn) => {
      const dueMs = phase + turn * PERIOD_MS;
      return (times.find((time) => time >= dueMs - 1) ?? Number.POSITIVE_INFINITY) - dueMs;
    });
  });
  late.sort((a, b) => a - b);
  const at = (share: number): number =>
    late[Math.min(late.length - 1, Math.floor(share * late.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), worst: at(1) };
}
