import { merge } from "rxjs";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { Counters } from "./counters.ts";
import type { Delivery } from "./delivery.ts";
import type { Intake } from "./intake.ts";
import type { Machine } from "./machine.ts";
import type { NewestReadings } from "./newest-readings.ts";
import { createRouter } from "./router.ts";

/** The stages while they are connected. */
export interface Run {
  /**
   * Resolves once no reading will come any more and the last event is stored or refused. Rejects then, if a source
   * failed for good.
   */
  readonly finished: Promise<void>;
  /** Disconnects the sources; what was received still goes through to the outbox. */
  end(): void;
  /** To be called when a machine wants other tags than before. */
  reroute(): void;
}

export interface RunStages {
  readonly intake: Intake;
  readonly machines: readonly Machine[];
  readonly delivery: Delivery;
  readonly counters: Counters;
  /** Takes every event on its way to the outbox. */
  readonly onEvent: (event: GatewayEvent) => void;
  readonly newest: NewestReadings;
}

/** Connects sources to machines by tag, and machines to the way out. */
export function startRun(stages: RunStages): Run {
  const { intake, machines, delivery, counters, onEvent, newest } = stages;
  const router = createRouter(machines);
  const stored = merge(...machines.map(({ events }) => events))
    .forEach(onEvent)
    .then(() => Promise.all(machines.map((machine) => machine.close())))
    .then(() => delivery.settled());

  let failure: { readonly reason: unknown } | undefined;
  const endMachines = (): void => {
    for (const machine of machines) machine.end();
  };
  const subscription = intake.readings.subscribe({
    next: (reading) => {
      counters.count("readings");
      newest.note(reading);
      if (!router.route(reading)) counters.drop("unknown-tag");
    },
    error: (reason: unknown) => {
      failure = { reason };
      endMachines();
    },
    complete: endMachines,
  });

  return {
    finished: stored.then(() => {
      if (failure) throw failure.reason;
    }),
    end() {
      subscription.unsubscribe();
      endMachines();
    },
    reroute: router.refresh,
  };
}
