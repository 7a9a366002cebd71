import { setImmediate } from "node:timers/promises";
import { type OnnxSession, openSession } from "../runtime.ts";
import type { BeforeAfter, Latency } from "./optimize-report.ts";

const ROUNDS = 31;
/** Runs a round, so that a round takes longer than the clock's grain. */
const RUNS = { one: 10, batch: 1 } as const;
const BATCH = 256;

/** One of the two models that are compared. */
export interface Candidate {
  readonly bytes: Uint8Array;
  readonly session: OnnxSession;
}

/** Times two models in turns, so that what else the machine does meets both. Gives way to other work between rounds. */
export async function measureLatency(
  before: Candidate,
  after: Candidate,
  window: Float32Array,
): Promise<Latency> {
  const windows = new Float32Array(BATCH * window.length);
  for (let row = 0; row < BATCH; row += 1) windows.set(window, row * window.length);
  const run = (runs: number, data: Float32Array) => async (candidate: Candidate) => {
    const dimensions = [data.length / window.length, window.length];
    for (let turn = 0; turn < runs; turn += 1) {
      await candidate.session.run({ windows: { data, dimensions } });
    }
  };
  const load = async ({ bytes }: Candidate): Promise<void> => {
    const session = await openSession(bytes, "model");
    await session.release();
  };
  return {
    rounds: ROUNDS,
    loadMs: await takeTurns(load, 1, [before, after]),
    oneMs: await takeTurns(run(RUNS.one, window), RUNS.one, [before, after]),
    batch256Ms: await takeTurns(run(RUNS.batch, windows), RUNS.batch, [before, after]),
  };
}

async function takeTurns(
  work: (candidate: Candidate) => Promise<void>,
  runs: number,
  candidates: readonly [Candidate, Candidate],
): Promise<BeforeAfter> {
  const timesMs: [number[], number[]] = [[], []];
  for (const candidate of candidates) await work(candidate); // the first time is slower
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const place of [0, 1] as const) {
      await setImmediate();
      const startMs = performance.now();
      await work(candidates[place]);
      timesMs[place].push((performance.now() - startMs) / runs);
    }
  }
  return { before: median(timesMs[0]), after: median(timesMs[1]) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
