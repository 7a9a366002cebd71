import { setImmediate } from "node:timers/promises";
import { onTestFinished, vi } from "vitest";

/** Makes the clocks stand still until the test moves them; the disk works on as ever. */
export function virtualTime(startMs: number = Date.UTC(2026, 0, 1)): void {
  vi.useFakeTimers({
    now: startMs,
    toFake: ["Date", "performance", "setTimeout", "clearTimeout"],
  });
  onTestFinished(() => void vi.useRealTimers());
}

/** Lets everything be done that waits for the disk and for no clock. */
export async function rest(turns = 50): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}

/** Moves the clocks, in steps, with a rest before and after each. */
export async function pass(ms: number, stepMs: number = Math.max(1, ms / 20)): Promise<void> {
  await rest();
  for (let passed = 0; passed < ms; passed += stepMs) {
    vi.advanceTimersByTime(Math.min(stepMs, ms - passed));
    await rest();
  }
}
