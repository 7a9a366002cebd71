import type { GatewayError } from "../../../errors.ts";

/** A device on the line, and how far it is trusted. */
export interface LineUnit {
  readonly id: number;
  /** In a row. */
  failures: number;
  /** Longest that it took lately to answer; what took long longer ago counts less and less. */
  slowestMs: number;
  /** Left alone until then, once it is in quarantine. */
  restsUntilMs: number;
  /** Why it is in quarantine. */
  reason: GatewayError | undefined;
}

/** So many failures in a row are no accident. */
const FAILURES_OF_A_QUARANTINE = 3;

/** Nothing is held against it. */
export function newUnit(id: number): LineUnit {
  return { id, failures: 0, slowestMs: 0, restsUntilMs: 0, reason: undefined };
}

export function isTrusted({ failures }: LineUnit): boolean {
  return failures === 0;
}

export function isQuarantined({ failures }: LineUnit): boolean {
  return areTooMany(failures);
}

export function areTooMany(failures: number): boolean {
  return failures >= FAILURES_OF_A_QUARANTINE;
}

/** Notes that the unit has answered after so long. */
export function noteAnswer(unit: LineUnit, tookMs: number): void {
  unit.failures = 0;
  unit.slowestMs = Math.max(tookMs, FADING * unit.slowestMs);
}

const FADING = 0.95;
/** One probe in so many may take all its time: slow is not dead. */
const PROBES_PER_LONG_ONE = 4;

/**
 * The least time-out for a unit that has failed: half of what it may take, or as much as it has needed lately.
 */
export function leastTimeoutMs({ failures, slowestMs }: LineUnit, fullMs: number): number {
  const isLong = areTooMany(failures) && failures % PROBES_PER_LONG_ONE === 0;
  return isLong ? fullMs : Math.min(fullMs, Math.max(fullMs / 2, 1.5 * slowestMs));
}

export interface QuarantineOptions {
  readonly quarantineFirstMs: number;
  readonly quarantineMaxMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * How long to leave alone what failed so often: half of a time that doubles with each failure, and up to as much again by chance, so
 * that what went down together is not probed together.
 */
export function quarantineMs(
  failures: number,
  { quarantineFirstMs, quarantineMaxMs, random }: QuarantineOptions,
): number {
  const doublings = Math.min(failures - FAILURES_OF_A_QUARANTINE, 30);
  const longestMs = Math.min(quarantineMaxMs, quarantineFirstMs * 2 ** doublings);
  return Math.round((longestMs * (1 + random())) / 2);
}
