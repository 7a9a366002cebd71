import { GatewayError } from "../errors.ts";
import type { Scorer } from "../model/scorer.ts";
import type { MachineSurroundings } from "./machine.ts";

/** A new model until it has scored for the first time. */
export interface Trial {
  /** Resolves with the first score. */
  readonly passed: Promise<void>;
  /** The same surroundings, in which the first score, or the first failure, is noticed. */
  watch(surroundings: MachineSurroundings): MachineSurroundings;
  /** No window of this model will come any more. */
  over(): void;
}

/** @param lastError why the machine could not score, asked when it could not */
export function createTrial(
  machine: string,
  { identity: { name, version } }: Scorer,
  lastError: () => unknown,
): Trial {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const model = `machine "${machine}": model "${name}" version ${version}`;
  return {
    passed: promise,
    watch: (surroundings) => ({
      ...surroundings,
      onScore(score) {
        surroundings.onScore(score);
        resolve();
      },
      counters: {
        ...surroundings.counters,
        drop(why, count) {
          surroundings.counters.drop(why, count);
          if (why !== "scoring-failed") return;
          const message = `${model} is in place, and failed on its first windows`;
          reject(
            new GatewayError("SCORING_FAILED", message, {
              cause: lastError(),
              hint: "Swap the model before it back.",
            }),
          );
        },
      },
    }),
    over() {
      const message = `${model} had its last reading before it could score a window`;
      const hint = "Give it time for a window before the next swap, or before the gateway stops.";
      reject(new GatewayError("CONFIG_INVALID", message, { hint }));
    },
  };
}
