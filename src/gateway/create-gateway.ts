import { Subject } from "rxjs";
import { GatewayError } from "../errors.ts";
import { checkOptions } from "./check-options.ts";
import { connect, readRemains, type Stages, type Streams } from "./connect.ts";
import { type Counters, createCounters } from "./counters.ts";
import type { Gateway, GatewayOptions } from "./gateway.ts";
import type { GatewayHealth } from "./health.ts";
import { createIntake, type Intake } from "./intake.ts";
import { onceSignalled } from "./once-signalled.ts";
import { swapModels } from "./swap-models.ts";

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
    const remains = await readRemains(options);
    if (stopped) return;
    stages = connect(options, remains, { counters, intake, streams });
    stages.desk.open();
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
    stages?.desk.close();
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

  const running = (takes: keyof typeof INSTEAD): Stages => {
    if (stages && state === "running") return stages;
    throw notRunning(name, takes, state === "running" ? "starting" : state);
  };

  return {
    name,
    events: streams.events.asObservable(),
    scores: streams.scores.asObservable(),
    done: done.promise,
    start,
    stop,
    label: async (target, label) => running("labels").desk.take({ ...label, target }),
    swapModel: async (machine, model) => swapModels(running("models").machines, machine, model),
    health: () => ({ state, ...healthOf(options, counters, intake, stages) }),
  };
}

/** What the parts say of themselves; without stages there is nothing to say yet. */
function healthOf(
  { outbox }: GatewayOptions,
  counters: Counters,
  intake: Intake,
  stages: Stages | undefined,
): Omit<GatewayHealth, "state"> {
  return {
    sources: intake.health(),
    machines: stages?.machines.map((machine) => machine.health()) ?? [],
    scoring: stages?.scoring.health() ?? [],
    sinks: stages?.delivery.health() ?? [],
    ...(outbox && { outbox: outbox.status() }),
    labels: stages?.desk.health() ?? { taken: 0 },
    counters: counters.snapshot(),
  };
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

/** What to do where the gateway does not run. */
const INSTEAD = {
  labels: "use `wheeltapper label`",
  models: "give the machine its model in createGateway",
} as const;

function notRunning(name: string, takes: keyof typeof INSTEAD, state: string): GatewayError {
  return new GatewayError(
    "CONFIG_INVALID",
    `gateway "${name}" takes ${takes} while it runs, it is ${state}`,
    { hint: `Start the gateway first, or ${INSTEAD[takes]}.` },
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
