import { setImmediate } from "node:timers/promises";
import { type OperatorFunction, tap } from "rxjs";
import { type Frame, type Model, scoreWindows, slideWindow, trackEvents } from "wheeltapper";
import { createInlet, type Inlet } from "./inlet.ts";

/** Windows that may wait for their scores before no more is fed in: a queue that only grows measures nothing. */
const MOST_WAITING = 1_024;
/** No score for so long means that windows were lost. */
const PATIENCE_MS = 20_000;

/** What has come out so far. */
export interface Tally {
  windows: number;
  events: number;
  /** Sum of all scores: rivals that compute the same have the same. */
  scores: number;
}

export interface Streams<T> {
  readonly inputs: readonly Inlet<T>[];
  /** Frames of a window. */
  readonly length: number;
  readonly tally: Readonly<Tally>;
  close(): void;
}

/** One stream per machine, all with one model: the road from frames to events, composed as a gateway does; `before` makes the frames. */
export function openStreams<T>(
  model: Model,
  machines: number,
  before: OperatorFunction<T, Frame>,
): Streams<T> {
  const tally: Tally = { windows: 0, events: 0, scores: 0 };
  const { windowLength: length, stride, eventRule } = model.card;
  const inputs = Array.from({ length: machines }, () => createInlet<T>());
  const subscriptions = inputs.map((input, machine) =>
    input.values
      .pipe(
        before,
        slideWindow({ length, stride, reuse: true }),
        scoreWindows(model),
        tap(({ value }) => {
          tally.windows += 1;
          tally.scores += value;
        }),
        trackEvents({
          ...eventRule,
          gateway: "bench",
          machine: `machine-${machine}`,
          model: model.identity,
        }),
      )
      .subscribe({
        next() {
          tally.events += 1;
        },
        error: fail,
      }),
  );
  return {
    inputs,
    length,
    tally,
    close() {
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}

/** What is fed to streams, and how. */
export interface Feed {
  /** Puts in what the machine measured at this step. */
  push(machine: number, step: number): void;
  readonly machines: number;
  readonly fromStep: number;
  readonly toStep: number;
  /** Whether every machine completes a window at this step. */
  endsWindow(step: number): boolean;
  /** Windows after which the event loop has its turn, as it has in a gateway between two polls. */
  readonly windowsPerTurn: number;
  /** Windows scored so far. */
  scored(): number;
}

/** Feeds all machines step by step, as fast as they are scored; resolves once everything is. */
export async function feed(options: Feed): Promise<void> {
  const { machines, fromStep, toStep, windowsPerTurn, scored } = options;
  const before = scored();
  let [pushed, turn] = [0, 0];
  for (let step = fromStep; step < toStep; step += 1) {
    for (let machine = 0; machine < machines; machine += 1) options.push(machine, step);
    if (!options.endsWindow(step)) continue;
    pushed += machines;
    turn += machines;
    if (turn < windowsPerTurn) continue;
    turn = 0;
    await setImmediate();
    await waitUntil(() => pushed - (scored() - before) <= MOST_WAITING);
  }
  await waitUntil(() => pushed === scored() - before);
}

/** Ends the process: there is nothing to measure any more. */
export function fail(error: unknown): never {
  throw error;
}

async function waitUntil(isDone: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!isDone()) {
    if (performance.now() - startMs > PATIENCE_MS) throw new Error("windows were lost");
    await setImmediate();
  }
}
