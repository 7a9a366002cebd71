import type { ActiveFault, MachineFaultKind } from "./fault.ts";

/** The machine faults: none comes or goes from one moment to the next. */
export interface FaultBuildUp {
  /** How strongly each fault acts right now, on its way to the injected severity or back to 0. */
  readonly levels: Readonly<Record<MachineFaultKind, number>>;
  /** In order of injection. */
  readonly active: readonly ActiveFault[];
  inject(kind: MachineFaultKind, severity: number): void;
  clear(kind: MachineFaultKind): void;
  step(dtS: number): void;
}

/** Time constants. */
const TAU_S: Readonly<Record<MachineFaultKind, number>> = {
  "bearing-wear": 1.5,
  cavitation: 0.7,
  "valve-stuck": 0.1,
  "filter-clogging": 3,
  "seal-leak": 1.5,
};
const KINDS = Object.keys(TAU_S) as MachineFaultKind[];

export function createFaultBuildUp(): FaultBuildUp {
  const severities = new Map<MachineFaultKind, number>();
  const levels: Record<MachineFaultKind, number> = {
    "bearing-wear": 0,
    cavitation: 0,
    "valve-stuck": 0,
    "filter-clogging": 0,
    "seal-leak": 0,
  };
  return {
    levels,
    get active() {
      return [...severities].map(([kind, severity]) => ({ kind, severity }));
    },
    inject(kind, severity) {
      severities.set(kind, severity);
    },
    clear(kind) {
      severities.delete(kind);
    },
    step(dtS) {
      for (const kind of KINDS) {
        const way = (severities.get(kind) ?? 0) - levels[kind];
        levels[kind] += way * (1 - Math.exp(-dtS / TAU_S[kind]));
      }
    },
  };
}
