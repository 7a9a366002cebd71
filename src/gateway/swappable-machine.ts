import { GatewayError } from "../errors.ts";
import type { Scorer } from "../model/scorer.ts";
import type { CaptureCounts } from "../truth/capture-windows.ts";
import { checkMachine } from "./check-options.ts";
import {
  createMachine,
  type Machine,
  type MachineOptions,
  type MachineSurroundings,
} from "./machine.ts";
import type { NewestReadings } from "./newest-readings.ts";
import { createRelay } from "./relay.ts";
import { requirePace, requireTags } from "./router.ts";
import { createTrial } from "./trial.ts";

/** A machine whose model can be replaced while it runs. */
export interface SwappableMachine extends Machine {
  /**
   * Looks whether a model fits, and changes nothing yet.
   *
   * @returns what swaps it in, and resolves with its first score
   * @throws GatewayError `CONFIG_INVALID` when a gateway could not be started with this model, and after the last reading
   */
  prepareSwap(model: Scorer): () => Promise<void>;
}

export interface SwapSurroundings extends MachineSurroundings {
  readonly newest: NewestReadings;
  /** Told when the machine wants other tags from now on. */
  readonly onTags: () => void;
}

/** Creates a machine that is one machine after the other, each with a model of its own. */
export function createSwappableMachine(
  options: MachineOptions,
  surroundings: SwapSurroundings,
): SwappableMachine {
  const { name } = options;
  const { sourceTags, unclosed, newest, onTags } = surroundings;
  const labels = surroundings.labels.filter(({ machine }) => machine === name);
  const first = createMachine(options, surroundings);
  const relay = createRelay(first, unclosed, newest);
  let { tags } = first;
  let isEnded = false;
  let captured: CaptureCounts | undefined; // by those before

  const swap = (next: MachineOptions, probe: Machine): Promise<void> => {
    const trial = createTrial(name, next.model, () => relay.current().health().lastError);
    relay.handOver({
      begin(left) {
        captured = sum(captured, relay.current().health().captures);
        return createMachine(next, trial.watch({ ...surroundings, labels, unclosed: left }));
      },
      over: trial.over,
    });
    tags = probe.tags;
    onTags();
    return trial.passed;
  };

  return {
    ...{ name, events: relay.events, push: relay.push },
    get tags() {
      return tags;
    },
    get periodMs() {
      return relay.current().periodMs;
    },
    end() {
      isEnded = true;
      relay.end();
    },
    learn(label) {
      if (label.machine === name) labels.push(label);
      relay.current().learn(label);
    },
    close: () => relay.current().close(),
    health() {
      const present = relay.current().health();
      const captures = sum(captured, present.captures);
      return { ...present, ...(captures && { captures }) };
    },
    prepareSwap(model) {
      const next = { ...options, model };
      checkMachine(next);
      const probe = createMachine(next, { ...surroundings, labels: [], unclosed: [] });
      requireTags([probe], sourceTags);
      requirePace([probe]);
      if (isEnded) throw hadLastReading(name);
      return () => swap(next, probe);
    },
  };
}

function hadLastReading(machine: string): GatewayError {
  return new GatewayError(
    "CONFIG_INVALID",
    `machine "${machine}": has had its last reading, a new model would have nothing to score`,
    { hint: "Give the model to a new gateway." },
  );
}

function sum(
  before: CaptureCounts | undefined,
  present: CaptureCounts | undefined,
): CaptureCounts | undefined {
  if (before === undefined || present === undefined) return before ?? present;
  return {
    event: before.event + present.event,
    "near-threshold": before["near-threshold"] + present["near-threshold"],
    novel: before.novel + present.novel,
    random: before.random + present.random,
    failed: before.failed + present.failed,
    unknown: before.unknown + present.unknown,
  };
}
