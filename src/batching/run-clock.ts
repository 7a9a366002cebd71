/** Says when the next run begins. */
export interface RunClock {
  /** Windows wait: runs soon, or now when `isUrgent`. Any number of calls make one run. */
  wake(isUrgent: boolean): void;
  /** A run begins. */
  begin(): void;
}

/**
 * Creates the clock of a micro-batcher. Runs begin at least `maxDelayMs` apart, unless one is urgent, so windows that come close to each other
 * go together, none waits longer than that for its run, and the first after a pause does not wait at all: what came in the same turn of the event
 * loop goes with it.
 */
export function createRunClock(maxDelayMs: number, run: () => void): RunClock {
  let lastMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const runNext = (): void => {
    turn ??= setImmediate(run);
  };
  return {
    wake(isUrgent) {
      if (turn !== undefined || (timer !== undefined && !isUrgent)) return;
      const dueMs = isUrgent ? 0 : lastMs + maxDelayMs - performance.now();
      if (dueMs <= 0) return runNext();
      timer = setTimeout(runNext, dueMs);
    },
    begin() {
      clearTimeout(timer);
      clearImmediate(turn);
      timer = undefined;
      turn = undefined;
      lastMs = performance.now();
    },
  };
}
