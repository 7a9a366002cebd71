import { type Observable, throwError } from "rxjs";
import { onTestFinished } from "vitest";
import type { Reading } from "../../src/core/reading.ts";
import { GatewayError } from "../../src/errors.ts";
import {
  type ReconnectingSourceOptions,
  reconnectingSource,
} from "../../src/sources/reconnecting-source.ts";
import type { Source, SourceStatus } from "../../src/sources/source.ts";
import type { SourceUpdate } from "../../src/sources/source-update.ts";

export const unplugged: GatewayError = new GatewayError("SOURCE_UNREACHABLE", "unplugged", {
  retryable: true,
  hint: "Plug it in.",
});
export const failing: Observable<never> = throwError(() => unplugged);
export const good = (tag: string, timeMs: number, value = 1): Reading => ({
  tag,
  timeMs,
  value,
  quality: "good",
});
export const value = (timeMs: number): SourceUpdate => ({ readings: [good("a", timeMs)] });

/** Each attempt takes the next of `lives`, the last one for ever. */
export function sourceOf(
  lives: readonly Observable<SourceUpdate>[],
  options: Partial<ReconnectingSourceOptions> = {},
): Source {
  let attempt = -1;
  return reconnectingSource({
    name: "plc",
    tags: [{ name: "a" }],
    now: () => 1000,
    random: () => 1,
    expectMs: () => Number.POSITIVE_INFINITY,
    connector: () => () => {
      attempt = Math.min(attempt + 1, lives.length - 1);
      return lives[attempt] as Observable<SourceUpdate>;
    },
    ...options,
  });
}

/** Every status from now on. */
export function statuses(source: Source): SourceStatus[] {
  const seen: SourceStatus[] = [];
  const watching = source.status.subscribe({
    next: (status) => seen.push(status),
    error: () => {},
  });
  onTestFinished(() => watching.unsubscribe());
  return seen;
}
