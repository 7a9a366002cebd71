import type { Reading } from "../core/reading.ts";
import type { Random } from "../math/random.ts";
import { DEFAULT_FAULT_TAGS, type SensorFaultKind } from "./fault.ts";
import { SKID_TAGS, type SkidTag, type SkidTagName } from "./skid-tags.ts";

/** What a sensor of the skid says; `NaN` and `bad` while it has dropped out. */
export interface SkidReading extends Pick<Reading, "value"> {
  readonly tag: SkidTagName;
  readonly quality: "good" | "bad";
}

/** The sensors of the skid and what is wrong with them. */
export interface Sensors {
  /** In tag order; the newest measurement. */
  readonly readings: readonly SkidReading[];
  measure(values: Readonly<Record<SkidTagName, number>>, cavitation: number): void;
  inject(kind: SensorFaultKind, severity: number, tag?: SkidTagName): void;
  clear(kind: SensorFaultKind): void;
  /** In order of injection. */
  faults(): readonly SensorFault[];
}

interface SensorFault {
  readonly kind: SensorFaultKind;
  readonly tag: SkidTagName;
  readonly severity: number;
}

/** Standard deviations, in the unit of the tag: 0.5 to 1 % of the operating value. */
const NOISE: Readonly<Record<SkidTagName, number>> = {
  motorSpeed: 14,
  motorCurrent: 0.1,
  motorTemperature: 0.35,
  suctionPressure: 0.012,
  dischargePressure: 0.035,
  flow: 0.3,
  bearingTemperature: 0.3,
  bearingVibration: 0.02,
  sealPressure: 0.02,
  tankLevel: 0.4,
  valvePosition: 0.4,
  ambientTemperature: 0.2,
};

/** How much noisier cavitation makes a sensor. */
const CAVITATION_GAIN: Partial<Record<SkidTagName, number>> = {
  flow: 8,
  dischargePressure: 3,
  bearingVibration: 15,
};

const OFFSET_SHARE = 0.1; // of the range, at severity 1

function clamp(value: number, [low, high]: SkidTag["range"]): number {
  return Math.min(high, Math.max(low, value));
}

/** Creates sensors with independent noise; a sensor saturates at the ends of its range. */
export function createSensors(random: Random): Sensors {
  const readings: SkidReading[] = SKID_TAGS.map(({ name }) => ({
    tag: name,
    value: Number.NaN,
    quality: "bad",
  }));
  const faults: SensorFault[] = [];
  const lastGood = new Map<SkidTagName, number>();

  const severityOf = (kind: SensorFaultKind, tag: SkidTagName): number =>
    faults.find((fault) => fault.kind === kind && fault.tag === tag)?.severity ?? 0;

  const sense = ({ name, range }: SkidTag, measured: number): number => {
    const frozen = lastGood.get(name);
    if (frozen !== undefined && severityOf("stuck", name) > 0) return frozen;
    const offset = severityOf("offset", name) * OFFSET_SHARE * (range[1] - range[0]);
    return clamp(measured + offset, range);
  };

  return {
    readings,
    measure(values, cavitation) {
      for (const [index, tag] of SKID_TAGS.entries()) {
        const gain = 1 + cavitation * (CAVITATION_GAIN[tag.name] ?? 0);
        const value = sense(tag, values[tag.name] + NOISE[tag.name] * gain * random.normal());
        lastGood.set(tag.name, value);
        readings[index] =
          severityOf("dropout", tag.name) > 0
            ? { tag: tag.name, value: Number.NaN, quality: "bad" }
            : { tag: tag.name, value, quality: "good" };
      }
    },
    inject(kind, severity, tag = DEFAULT_FAULT_TAGS[kind]) {
      const known = faults.findIndex((fault) => fault.kind === kind && fault.tag === tag);
      if (known >= 0) faults.splice(known, 1);
      faults.push({ kind, tag, severity });
    },
    clear(kind) {
      const others = faults.filter((fault) => fault.kind !== kind);
      faults.splice(0, faults.length, ...others);
    },
    faults: () => [...faults],
  };
}
