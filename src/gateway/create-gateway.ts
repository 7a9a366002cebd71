import { Subject } from "rxjs";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { Score } from "../core/score.ts";
import { GatewayError } from "../errors.ts";
import { checkOptions } from "./check-options.ts";
import { type Counters, createCounters } from "./counters.ts";
import { createDelivery, type Delivery } from "./delivery.ts";
import type { Gateway, GatewayOptions, MachineScore } from "./gateway.ts";
import type { GatewayHealth } from "./health.ts";
import { createIntake, type Intake } from "./intake.ts";
import { createMachine, type Machine } from "./machine.ts";
import { onceSignalled } from "./once-signalled.ts";
import { collectTags, requirePace, requireTags } from "./router.ts";
import { type Run, startRun } from "./run.ts";

/** What `stop` waits for each of its two steps: together less than the 2 seconds that it promises. */
const STOP_STEP_MS = 900;

/**
 * Composes sources, machines, outbox and sinks into a gateway.
 *
 * Nothing is connected before `start`. Delivery: every reading that arrives is used, replaced by a newer one for the same
 * frame, or counted in `health().counters.drops`; an event is delivered at least once from the moment it is stored, and its `id` and
 * `revision` tell repeats.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` naming the option that is missing, wrong or unknown
 */
export function createGateway(options: GatewayOptions): Gateway {
  checkOptions(options);
  const { name, handleSignals = true } = options;
  const counters = createCounters();
  const intake = createIntake(options.sources);
  const streams: Streams = { events: new Subject(), scores: new Subject() };
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => {}); // whoever awaits `done` hears of it, nobody has to
  let state: GatewayHealth["state"] = "idle";
  let stages: Stages | undefined;
  let starting: Promise<void> = Promise.resolve();
  let stopped: Promise<void> | undefined;
  let removeSignals = (): void => {};

  const bringUp = async (): Promise<void> => {
    const unclosed = (await options.outbox?.unclosed()) ?? [];
    if (stopped) return;
    stages = connect(options, unclosed, { counters, intake, streams });
    done.resolve(stages.run.finished);
    if (handleSignals) removeSignals = onceSignalled(() => void stop());
  };

  const start = (): Promise<void> => {
    if (state !== "idle") return Promise.reject(notIdle(name, state));
    state = "running";
    starting = bringUp().catch((cause: unknown) => {
      state = "idle";
      throw cause;
    });
    return starting;
  };

  const shutDown = async (): Promise<void> => {
    await starting.catch(() => {});
    state = "stopping";
    removeSignals();
    stages?.run.end();
    if (stages) await within(STOP_STEP_MS, stages.run.finished);
    if (stages) await within(STOP_STEP_MS, stages.delivery.close());
    state = "stopped";
    done.resolve();
    streams.events.complete();
    streams.scores.complete();
  };

  const stop = (): Promise<void> => {
    stopped ??= shutDown();
    return stopped;
  };

  return {
    name,
    events: streams.events.asObservable(),
    scores: streams.scores.asObservable(),
    done: done.promise,
    start,
    stop,
    health: () => ({
      state,
      sources: intake.health(),
      machines: stages?.machines.map((machine) => machine.health()) ?? [],
      sinks: stages?.delivery.health() ?? [],
      counters: counters.snapshot(),
    }),
  };
}

interface Streams {
  readonly events: Subject<GatewayEvent>;
  readonly scores: Subject<MachineScore>;
}

interface Parts {
  readonly counters: Counters;
  readonly intake: Intake;
  readonly streams: Streams;
}

/** What there is while the gateway runs. */
interface Stages {
  readonly machines: readonly Machine[];
  readonly delivery: Delivery;
  readonly run: Run;
}

/** @throws GatewayError `CONFIG_INVALID` when a tag is missing or comes twice; nothing is connected then */
function connect(
  options: GatewayOptions,
  allUnclosed: readonly GatewayEvent[],
  { counters, intake, streams }: Parts,
): Stages {
  const unclosed = allUnclosed.filter(({ gateway }) => gateway === options.name);
  const machines = createMachines(options, unclosed, counters, streams.scores);
  const delivery = createDelivery(options.sinks ?? [], options.outbox);
  const onEvent = (event: GatewayEvent): void => {
    counters.count("events");
    streams.events.next(event);
    delivery.store(event, () => counters.drop("outbox-refused"));
  };
  closeOrphans(unclosed, machines).forEach(onEvent);
  return { machines, delivery, run: startRun({ intake, machines, delivery, counters, onEvent }) };
}

function createMachines(
  { name: gateway, machines, sources }: GatewayOptions,
  unclosed: readonly GatewayEvent[],
  counters: Counters,
  scores: Subject<MachineScore>,
): readonly Machine[] {
  const sourceTags = collectTags(sources);
  const created = machines.map((machine) => {
    const onScore = (score: Score): void => scores.next({ machine: machine.name, ...score });
    const left = unclosed.filter((event) => event.machine === machine.name);
    return createMachine(machine, { gateway, sourceTags, counters, unclosed: left, onScore });
  });
  requireTags(created, sourceTags);
  requirePace(created);
  return created;
}

/**
 * The closing messages of events that nobody can go on with, because their machine or sensor is gone, or the machine has another model
 * now: otherwise they would stay open at the receiver for ever.
 */
function closeOrphans(
  unclosed: readonly GatewayEvent[],
  machines: readonly Machine[],
): readonly GatewayEvent[] {
  const resumed = new Set(
    machines.flatMap((machine) => {
      const { openEvents, sensorFaults } = machine.health();
      return [...openEvents, ...sensorFaults.map(({ id }) => id)];
    }),
  );
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

function notIdle(name: string, state: string): GatewayError {
  return new GatewayError(
    "CONFIG_INVALID",
    `gateway "${name}" can be started once, it is ${state}`,
    {
      hint: "Create a new gateway to start again.",
    },
  );
}
