// How long the event loop is kept from its next turn while windows are scored at full rate. Started by ../cases/event-loop.ts.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { identity } from "rxjs";
import { type Frame, loadModel } from "wheeltapper";
import { feedFrames } from "../feed-frames.ts";
import { createReplay } from "../replay.ts";
import { openStreams } from "../streams.ts";
import { tellParent } from "../tell-parent.ts";

export interface LoopFigures {
  readonly windowsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** A pass of all machines, as a source brings it; the event loop has its turn between two of them. */
const MACHINES = 64;
const ROUNDS = 3;

const [, , path = "", windows = "256"] = process.argv;
const model = await loadModel(path);
const replay = createReplay(MACHINES, 1_000);
const rounds: LoopFigures[] = [];
for (let round = 0; round <= ROUNDS; round += 1) {
  const streams = openStreams<Frame>(model, MACHINES, identity);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const { windowsPerSecond } = await feedFrames(streams, replay, {
    windowsPerTurn: MACHINES,
    windowsEach: Number(windows),
    begin: () => delay.enable(),
  });
  delay.disable();
  streams.close();
  if (round === 0) continue;
  tellParent({ progress: `round ${round} of ${ROUNDS}` });
  rounds.push({
    windowsPerSecond,
    p50Ms: delay.percentile(50) / 1e6,
    p99Ms: delay.percentile(99) / 1e6,
    maxMs: delay.max / 1e6,
  });
}
tellParent({ measured: rounds });
await model.close();
