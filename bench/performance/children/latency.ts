// From the reading that completes a window to its score and to its event, in real time. Started by ../cases/latency.ts.
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { loadModel } from "wheeltapper";
import { startLivePlant } from "../live-plant.ts";
import { fail } from "../streams.ts";
import { tellParent } from "../tell-parent.ts";
import { quantile } from "../turns.ts";

export interface Latencies {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface LatencyFigures {
  readonly scores: Latencies;
  readonly events: Latencies;
}

const MACHINES = 125;
/** Frames in which everything is compiled and every window is filled. */
const WARM_UP = 80;
/** Frames after which the load of a machine repeats. */
const LOAD_CYCLE = 128;
/** Instants of which is remembered when their last reading came. */
const REMEMBERED = 256;

const [, , path = "", seconds = "30", slices = "1"] = process.argv;
const model = await loadModel(path);
const { periodMs } = model.card;
const slots = WARM_UP + (Number(seconds) * 1_000) / periodMs;
const plant = await startLivePlant({
  model,
  machines: MACHINES,
  file: join(dirname(path), "outbox.db"),
  frames: Math.ceil(slots / LOAD_CYCLE) * LOAD_CYCLE,
});

const completedMs = new Map(
  plant.machines.map((machine) => [machine, new Float64Array(REMEMBERED)]),
);
const scores: number[] = [];
const events: number[] = [];
let isWarm = false;
/** Time since the last reading of the frame at this instant. */
const since = (machine: string, endMs: number): number =>
  performance.now() - (completedMs.get(machine)?.[(endMs / periodMs) % REMEMBERED] ?? Number.NaN);

const scoring = plant.gateway.scores.subscribe({
  next: ({ machine, endMs }) => isWarm && scores.push(since(machine, endMs)),
  error: fail,
});
const eventing = plant.gateway.events.subscribe({
  next(event) {
    // The other phases of an event speak of windows before the one that made them say so.
    if (isWarm && event.kind === "anomaly" && event.phase === "opened") {
      events.push(since(event.machine, event.endMs));
    }
  },
  error: fail,
});

/** What a pass of the source brings, all at once or in slices over the period, as the line or the server gives it. */
const perSlice = MACHINES / Number(slices);
const startMs = performance.now();
for (let slot = 0; slot < slots; slot += 1) {
  isWarm = slot >= WARM_UP;
  for (let slice = 0; slice < Number(slices); slice += 1) {
    const dueMs = startMs + (slot + slice / Number(slices)) * periodMs;
    await setTimeout(Math.max(0, dueMs - performance.now()));
    for (let machine = slice * perSlice; machine < (slice + 1) * perSlice; machine += 1) {
      push(machine, slot);
    }
  }
  if (slot % 100 === 0) tellParent({ progress: `frame ${slot} of ${slots}` });
}
await setTimeout(500);
await plant.stop();
scoring.unsubscribe();
eventing.unsubscribe();
tellParent({ measured: { scores: summed(scores), events: summed(events) } });

function push(machine: number, slot: number): void {
  const times = completedMs.get(plant.machines[machine] ?? "");
  if (times !== undefined) times[slot % REMEMBERED] = performance.now();
  plant.push(machine, slot);
}

function summed(latencies: readonly number[]): Latencies {
  return {
    count: latencies.length,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    maxMs: quantile(latencies, 1),
  };
}
