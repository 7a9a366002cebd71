import { setImmediate } from "node:timers/promises";
import type { Frame, Model, Reading } from "wheeltapper";
import { alignReadings } from "wheeltapper";
import type { Case } from "../case.ts";
import { openPlainLoops } from "../plain-loops.ts";
import {
  createPlant,
  LENGTH,
  readingsOf,
  STRIDE,
  TAGS,
  tagNames,
  trainBenchModel,
} from "../plant.ts";
import { BATCH, OUR_SESSION, openPlainSession, type PlainSession } from "../runtime.ts";
import { feed, openStreams, type Tally } from "../streams.ts";
import { median, medianRatio, takeTurns } from "../turns.ts";

const MACHINES = 64;
const PERIOD_MS = 1_000;
const OURS = "wheeltapper: align, window, score, events";
const LOOPS = "the same arithmetic in loops by hand";
/** Scores of the two may differ by float rounding, relative to their sum. */
const TOLERANCE = 1e-4;

/** By machine and step: the readings of all tags. */
type Readings = readonly (readonly (readonly Reading[])[])[];

/** Readings in, events out, beside the same arithmetic without streams. */
export const readingsCase: Case = {
  title: "Readings in, events out",
  async run(bench) {
    const steps = LENGTH + (bench.quick ? 32 : 64) * STRIDE;
    const names = tagNames();
    const plant = createPlant(MACHINES, steps, PERIOD_MS);
    const readings = plant.map((frames: readonly Frame[]) => readingsOf(frames, names));
    const model = await trainBenchModel({ periodMs: PERIOD_MS });
    const session = await openPlainSession(model.bytes, LENGTH * TAGS, OUR_SESSION);
    const tallies = new Map<string, Readonly<Tally>>();
    const rate = async (name: string, run: () => Promise<Readonly<Tally>>): Promise<number> => {
      const startMs = performance.now();
      tallies.set(name, await run());
      return (1_000 * MACHINES * steps * TAGS) / (performance.now() - startMs);
    };
    const figures = await takeTurns(
      {
        [OURS]: () => rate(OURS, () => byStreams(model, readings)),
        [LOOPS]: () => rate(LOOPS, () => byLoops(model, session, readings)),
      },
      bench.quick ? 3 : 9,
      bench,
    );
    requireSame(tallies);
    await model.close();
    await session.release();
    return {
      setup: {
        machines: MACHINES,
        tags: TAGS,
        length: LENGTH,
        stride: STRIDE,
        readings: MACHINES * steps * TAGS,
      },
      columns: [
        { key: "readingsPerSecond", title: "readings/s", unit: "figure" },
        { key: "windows", title: "windows", unit: "count" },
        { key: "events", title: "event messages", unit: "count" },
      ],
      rows: Object.entries(figures).map(([method, rates]) => ({
        method,
        readingsPerSecond: median(rates),
        windows: tallies.get(method)?.windows ?? Number.NaN,
        events: tallies.get(method)?.events ?? Number.NaN,
      })),
      goals: [{ what: "of loops by hand", value: medianRatio(figures, OURS, LOOPS), atLeast: 0.5 }],
    };
  },
};

async function byStreams(model: Model, readings: Readings): Promise<Readonly<Tally>> {
  const align = alignReadings({ tags: tagNames(), periodMs: PERIOD_MS });
  const { inputs, tally, close } = openStreams<Reading>(model, MACHINES, align);
  await feed({
    push(machine, step) {
      const input = inputs[machine];
      for (const reading of readings[machine]?.[step] ?? []) input?.next(reading);
    },
    machines: MACHINES,
    fromStep: 0,
    toStep: readings[0]?.length ?? 0,
    endsWindow: (step) => step >= LENGTH - 1 && step % STRIDE === 0,
    windowsPerTurn: BATCH,
    scored: () => tally.windows,
  });
  close();
  return tally;
}

async function byLoops(
  model: Model,
  session: PlainSession,
  readings: Readings,
): Promise<Readonly<Tally>> {
  const loops = openPlainLoops(model.card, session, MACHINES);
  const steps = readings[0]?.length ?? 0;
  const stepsPerTurn = (BATCH / MACHINES) * STRIDE;
  for (let step = 0; step < steps; step += 1) {
    for (let machine = 0; machine < MACHINES; machine += 1) {
      for (const reading of readings[machine]?.[step] ?? []) loops.push(machine, reading);
    }
    if (step % stepsPerTurn > 0) continue;
    await setImmediate();
    await loops.scored(false);
  }
  await loops.scored(true);
  return loops.tally;
}

/** Rivals that compute something else are none. */
function requireSame(tallies: ReadonlyMap<string, Readonly<Tally>>): void {
  const [ours, theirs] = [tallies.get(OURS), tallies.get(LOOPS)];
  if (ours === undefined || theirs === undefined) return;
  const isClose = Math.abs(ours.scores - theirs.scores) <= TOLERANCE * Math.abs(ours.scores);
  if (ours.windows === theirs.windows && isClose) return;
  throw new Error(`the loops compute something else: ${JSON.stringify({ ours, theirs })}`);
}
