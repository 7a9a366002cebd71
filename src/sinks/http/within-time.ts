/**
 * Runs a task with a signal that fires when the time is up or the gateway stops; it then fails with the reason, whether or not the
 * task heeds the signal.
 */
export async function withinTime<T>(
  timeoutMs: number,
  stopping: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const running = new AbortController();
  const stop = (): void => running.abort(new Error("the gateway stops"));
  const giveUp = (): void => running.abort(new Error(`no answer within ${timeoutMs} ms`));
  const timer = setTimeout(giveUp, timeoutMs);
  stopping.addEventListener("abort", stop);
  try {
    if (stopping.aborted) stop();
    running.signal.throwIfAborted();
    return await Promise.race([aborted(running.signal), task(running.signal)]);
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener("abort", stop);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
