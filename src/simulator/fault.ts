import { GatewayError } from "../errors.ts";
import { SKID_TAGS, type SkidTagName } from "./skid-tags.ts";

/** What can break in the machine itself. */
export type MachineFaultKind =
  | "bearing-wear"
  | "cavitation"
  | "valve-stuck"
  | "filter-clogging"
  | "seal-leak";

/** What can break between the machine and the gateway. */
export type SensorFaultKind = "stuck" | "dropout" | "offset";

/** Everything that the simulated skid can suffer from. */
export type FaultKind = MachineFaultKind | SensorFaultKind;

/** One sentence on each fault, for people. */
export const FAULT_DESCRIPTIONS: Readonly<Record<FaultKind, string>> = {
  "bearing-wear":
    "Bearing vibration doubles and comes in bursts, the bearing slowly heats up, and friction draws a little more current.",
  cavitation:
    "Suction pressure collapses, the pump loses head, and flow, discharge pressure and vibration become noisy.",
  "valve-stuck": "The valve stays where it is although the demand moves.",
  "filter-clogging":
    "The suction filter fills up: suction pressure falls, and the flow falls with it.",
  "seal-leak": "Seal pressure falls, and the tank loses more than the make-up brings in.",
  stuck: "A sensor repeats its last value (flow, unless another tag is named).",
  dropout:
    "A sensor is gone: bad quality, no value (bearingVibration, unless another tag is named).",
  offset:
    "A sensor reads a tenth of its range too high (bearingTemperature, unless another tag is named).",
};

/** All fault kinds: machine faults first, then sensor faults. */
export const FAULT_KINDS: readonly FaultKind[] = Object.keys(FAULT_DESCRIPTIONS) as FaultKind[];

/** The tag that a sensor fault hits when none is named. */
export const DEFAULT_FAULT_TAGS: Readonly<Record<SensorFaultKind, SkidTagName>> = {
  stuck: "flow",
  dropout: "bearingVibration",
  offset: "bearingTemperature",
};

/** Details of an injection that most faults do without. */
export interface FaultOptions {
  /** The tag that a sensor fault hits. A machine fault takes none. */
  readonly tag?: SkidTagName;
}

/** A fault that was injected and not yet cleared. */
export interface ActiveFault {
  readonly kind: FaultKind;
  readonly severity: number;
  /** Only for sensor faults. */
  readonly tag?: SkidTagName;
}

const MAX_SEVERITY = 3;

export function isSensorFault(kind: FaultKind): kind is SensorFaultKind {
  return kind in DEFAULT_FAULT_TAGS;
}

/** @throws GatewayError `CONFIG_INVALID` when `kind` is no fault. */
export function requireFaultKind(kind: FaultKind): void {
  if (FAULT_KINDS.includes(kind)) return;
  throw new GatewayError("CONFIG_INVALID", `simulator: there is no fault "${kind}"`, {
    hint: `Choose one of ${FAULT_KINDS.join(", ")}.`,
  });
}

/** @throws GatewayError `CONFIG_INVALID` when the injection makes no sense. */
export function requireInjection(kind: FaultKind, severity: number, tag?: SkidTagName): void {
  requireFaultKind(kind);
  if (!(severity > 0 && severity <= MAX_SEVERITY)) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `simulator: the severity of ${kind} must be above 0 and at most ${MAX_SEVERITY}, got ${severity}`,
    );
  }
  if (tag === undefined) return;
  if (!isSensorFault(kind)) {
    throw new GatewayError("CONFIG_INVALID", `simulator: ${kind} takes no tag, got "${tag}"`);
  }
  if (!SKID_TAGS.some(({ name }) => name === tag)) {
    throw new GatewayError("CONFIG_INVALID", `simulator: the skid has no tag "${tag}"`, {
      hint: `Choose one of ${SKID_TAGS.map(({ name }) => name).join(", ")}.`,
    });
  }
}
