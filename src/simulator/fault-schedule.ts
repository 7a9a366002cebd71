import { GatewayError } from "../errors.ts";
import { type FaultKind, requireFaultKind } from "./fault.ts";

/** A fault that comes, and perhaps goes, by itself. */
export interface ScheduledFault {
  readonly kind: FaultKind;
  /** When it comes: wall time since the start of the simulator. */
  readonly atMs: number;
  /** How long it stays, in wall time; without it, until it is cleared. */
  readonly forMs?: number;
}

/** What a schedule acts on. */
interface Patient {
  inject(kind: FaultKind): void;
  clear(kind: FaultKind): void;
}

/**
 * Creates a function that does to `patient` whatever has become due since its last call, in order
 * of time.
 *
 * @throws GatewayError `CONFIG_INVALID` for an unknown fault or a time that is none.
 */
export function createFaultSchedule(
  entries: readonly ScheduledFault[],
  patient: Patient,
): (elapsedMs: number) => void {
  const acts = entries.flatMap((entry) => {
    requireScheduledFault(entry);
    const { kind, atMs, forMs } = entry;
    const come = { atMs, run: () => patient.inject(kind) };
    if (forMs === undefined) return [come];
    return [come, { atMs: atMs + forMs, run: () => patient.clear(kind) }];
  });
  acts.sort((one, other) => one.atMs - other.atMs);

  return (elapsedMs) => {
    while (acts[0] !== undefined && acts[0].atMs <= elapsedMs) acts.shift()?.run();
  };
}

function requireScheduledFault({ kind, atMs, forMs }: ScheduledFault): void {
  requireFaultKind(kind);
  for (const [option, value] of Object.entries({ atMs, forMs: forMs ?? 0 })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new GatewayError(
      "CONFIG_INVALID",
      `simulator: ${option} of the scheduled ${kind} must be a number from 0 on, got ${value}`,
    );
  }
}
