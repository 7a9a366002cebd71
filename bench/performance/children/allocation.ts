// Bytes allocated per window, less what the feeding itself takes. Started by ../cases/allocation.ts with a large young generation, so that hardly anything is collected meanwhile.

import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { identity } from "rxjs";
import { type Frame, loadModel } from "wheeltapper";
import { feedFrames } from "../feed-frames.ts";
import { createReplay } from "../replay.ts";
import { BATCH } from "../runtime.ts";
import { feed, openStreams } from "../streams.ts";
import { tellParent } from "../tell-parent.ts";

export interface AllocationRound {
  readonly heapBytes: number;
  readonly externalBytes: number;
  /** Collections during the round; if there were any, its figures are too low. */
  readonly collections: number;
}

/** Until all is compiled: before, numbers are boxed that are not later. */
const WARM_UP = 12;
const ROUNDS = 12;
const MACHINES = 64;

const [, , path = "", windowsEach = "64"] = process.argv;
const model = await loadModel(path);
const replay = createReplay(MACHINES, 1_000, false);
let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ["gc"] });

const rounds: AllocationRound[] = [];
for (let round = 1; round <= WARM_UP + ROUNDS; round += 1) {
  const measured = await measure();
  if (round > WARM_UP) rounds.push(measured);
  tellParent({ progress: `round ${round} of ${WARM_UP + ROUNDS}` });
}
tellParent({ measured: rounds });

/** What it takes to feed so many full batches to nobody. */
async function feedNobody(turns: number): Promise<number> {
  let fed = 0;
  const push = (): void => {
    fed += 1;
  };
  const common = { push, scored: () => fed, machines: BATCH, windowsPerTurn: BATCH };
  const before = process.memoryUsage().heapUsed;
  await feed({ ...common, fromStep: 0, toStep: turns, endsWindow: () => true });
  return process.memoryUsage().heapUsed - before;
}

async function measure(): Promise<AllocationRound> {
  const streams = openStreams<Frame>(model, MACHINES, identity);
  let before = process.memoryUsage();
  const begin = (): void => {
    before = process.memoryUsage();
  };
  globalThis.gc?.();
  await setTimeout(50); // the observer hears of the collection above
  collections = 0;
  const { windows } = await feedFrames(streams, replay, {
    windowsPerTurn: BATCH,
    windowsEach: Number(windowsEach),
    begin,
  });
  const after = process.memoryUsage();
  const feeding = await feedNobody(windows / BATCH);
  streams.close();
  await setTimeout(50);
  return {
    heapBytes: (after.heapUsed - before.heapUsed - feeding) / windows,
    externalBytes: (after.external - before.external) / windows, // typed arrays are in it
    collections,
  };
}
