import { Subject } from "rxjs";
import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { Score } from "../core/score.ts";
import { GatewayError } from "../errors.ts";
import { type Counters, createCounters } from "./counters.ts";
import { createDelivery } from "./delivery.ts";
import type { Gateway, GatewayOptions, MachineScore } from "./gateway.ts";
import type { GatewayHealth } from "./health.ts";
import { createIntake } from "./intake.ts";
import { createMachine, type Machine, type MachineOptions } from "./machine.ts";
import { onceSignalled } from "./once-signalled.ts";
import { collectTags, requireTags } from "./router.ts";
import { type Run, startRun } from "./run.ts";

/** What `stop` waits for each of its two steps: together less than the 2 seconds that it promises. */
const STOP_STEP_MS = 900;

/**
 * Composes sources, machines, outbox and sinks into a gateway.
 *
 * No source is connected before `start`. Delivery: every reading that arrives is used or counted in
 * `health().counters.drops`; an event is delivered at least once from the moment it is stored, and its `id` and
 * `revision` tell repeats.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for names that are empty or taken twice, and for sinks without an outbox
 */
export function createGateway(options: GatewayOptions): Gateway {
  checkOptions(options);
  const { name, sources, sinks = [], outbox, handleSignals = true } = options;
  const counters = createCounters();
  const intake = createIntake(sources);
  const delivery = createDelivery(sinks, outbox);
  const events = new Subject<AnomalyEvent>();
  const scores = new Subject<MachineScore>();
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => {}); // whoever awaits `done` hears of it, nobody has to
  let state: GatewayHealth["state"] = "idle";
  let machines: readonly Machine[] = [];
  let run: Run | undefined;
  let stopped: Promise<void> | undefined;
  let removeSignals = (): void => {};

  const start = async (): Promise<void> => {
    if (state !== "idle") throw notIdle(name, state);
    state = "running";
    const unclosed = (await delivery.unclosed()).filter(({ gateway }) => gateway === name);
    try {
      machines = createMachines(options, unclosed, counters, scores);
    } catch (cause) {
      state = "idle";
      throw cause;
    }
    const onEvent = (event: AnomalyEvent): void => {
      events.next(event);
      delivery.store(event, () => counters.drop("outbox-refused"));
    };
    closeOrphans(unclosed, machines).forEach(onEvent);
    run = startRun({ intake, machines, delivery, counters, onEvent });
    done.resolve(run.finished);
    if (handleSignals) removeSignals = onceSignalled(() => void stop());
  };

  const shutDown = async (): Promise<void> => {
    state = "stopping";
    removeSignals();
    run?.end();
    if (run) await within(STOP_STEP_MS, run.finished);
    await within(STOP_STEP_MS, delivery.close());
    state = "stopped";
    done.resolve();
    events.complete();
    scores.complete();
  };

  const stop = (): Promise<void> => {
    stopped ??= shutDown();
    return stopped;
  };

  return {
    name,
    events: events.asObservable(),
    scores: scores.asObservable(),
    done: done.promise,
    start,
    stop,
    health: () => ({
      state,
      sources: intake.health(),
      machines: machines.map((machine) => machine.health()),
      sinks: delivery.health(),
      counters: counters.snapshot(),
    }),
  };
}

/** @throws GatewayError `CONFIG_INVALID` when a tag is missing or comes twice */
function createMachines(
  { name: gateway, machines, sources }: GatewayOptions,
  unclosed: readonly AnomalyEvent[],
  counters: Counters,
  scores: Subject<MachineScore>,
): readonly Machine[] {
  const sourceTags = collectTags(sources);
  const created = machines.map((machine) => {
    const resumed = unclosed.find((event) => isOf(event, machine));
    const onScore = (score: Score): void => scores.next({ machine: machine.name, ...score });
    return createMachine(machine, { gateway, sourceTags, counters, resumed, onScore });
  });
  requireTags(created, sourceTags);
  return created;
}

/** Whether the machine, with the model it has now, can go on with the event. */
function isOf(event: AnomalyEvent, { name, model }: MachineOptions): boolean {
  return event.machine === name && event.model.sha256 === model.identity.sha256;
}

/**
 * The closing messages of events that nobody can go on with, because their machine is gone or has another model now:
 * otherwise they would stay open at the receiver for ever.
 */
function closeOrphans(
  unclosed: readonly AnomalyEvent[],
  machines: readonly Machine[],
): readonly AnomalyEvent[] {
  const resumed = new Set(machines.flatMap((machine) => machine.health().openEvents));
  return unclosed
    .filter(({ id }) => !resumed.has(id))
    .map((event) => ({ ...event, phase: "closed", revision: event.revision + 1, readings: [] }));
}

/** Waits for `work`, whatever becomes of it, but not for longer than `limitMs`. */
async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}

function checkOptions({ name, sources, machines, sinks = [], outbox }: GatewayOptions): void {
  requireNames("name", [name]);
  requireNames(
    "sources",
    sources.map((source) => source.name),
  );
  requireNames(
    "machines",
    machines.map((machine) => machine.name),
  );
  if (sinks.length === 0) return;
  requireNames(
    "sinks",
    sinks.map((sink) => sink.name),
  );
  if (outbox !== undefined) return;
  throw new GatewayError("CONFIG_INVALID", "createGateway: sinks need an outbox, got none", {
    hint: 'Give it one: `outbox: openOutbox("events.db")`.',
  });
}

function requireNames(option: string, names: readonly string[]): void {
  if (names.length > 0 && names.every(Boolean) && new Set(names).size === names.length) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `createGateway: ${option}: expected one or more different names, got [${names.join(", ")}]`,
  );
}

function notIdle(name: string, state: string): GatewayError {
  return new GatewayError(
    "CONFIG_INVALID",
    `gateway "${name}" can be started once, it is ${state}`,
    {
      hint: "Create a new gateway to start again.",
    },
  );
}
