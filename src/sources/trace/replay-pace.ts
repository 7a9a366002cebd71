const LONGEST_TIMEOUT_MS = 2 ** 31 - 1; // a longer one fires at once

/** Waits until the reading of the recorded time `timeMs` is due. */
export type ReplayPace = (timeMs: number) => Promise<void> | undefined;

/**
 * Creates the pace of one replay: the first reading is due at once, every other one as long after it as it was recorded, divided
 * by `speed`. What is overdue is not waited for, so a slow reader catches up instead of falling behind. Waiting ends
 * early when `signal` aborts.
 */
export function createReplayPace(speed: number, signal: AbortSignal): ReplayPace {
  let first: { readonly recordedMs: number; readonly startedMs: number } | undefined;

  return (timeMs) => {
    first ??= { recordedMs: timeMs, startedMs: performance.now() };
    const dueMs = first.startedMs + (timeMs - first.recordedMs) / speed;
    return dueMs > performance.now() ? waitUntil(dueMs, signal) : undefined;
  };
}

async function waitUntil(dueMs: number, signal: AbortSignal): Promise<void> {
  let waitMs = dueMs - performance.now();
  while (waitMs > 0 && !signal.aborted) {
    await sleep(Math.min(Math.ceil(waitMs), LONGEST_TIMEOUT_MS), signal);
    waitMs = dueMs - performance.now();
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener("abort", wake);
  });
}
