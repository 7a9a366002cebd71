/** Wakes one sleeper; a ring while nobody sleeps is kept for the next one, so none is lost. */
export interface Doorbell {
  ring(): void;
  /** Resolves with the next ring, or after so many milliseconds. */
  wait(ms?: number): Promise<void>;
}

/** A timer that is to run longer runs at once instead. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function doorbell(): Doorbell {
  let rung = false;
  let wake = (): void => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async wait(ms) {
      if (!rung) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (ms !== undefined) timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER_MS));
        });
        clearTimeout(timer);
      }
      rung = false;
    },
  };
}

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.min(ms, LONGEST_TIMER_MS));
    signal.addEventListener("abort", wake);
  });
}
