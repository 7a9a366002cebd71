import { createRandom } from "../math/random.ts";
import { createDemand } from "./demand.ts";
import {
  type ActiveFault,
  type FaultKind,
  type FaultOptions,
  isSensorFault,
  requireFaultKind,
  requireInjection,
} from "./fault.ts";
import { createFaultBuildUp } from "./fault-build-up.ts";
import { createMachine } from "./machine.ts";
import { createSensors, type SkidReading } from "./sensors.ts";
import { SKID_TAGS, type SkidTag } from "./skid-tags.ts";

export interface SkidOptions {
  /**
   * Decides noise and load cycles; the same seed gives the same skid on every machine.
   * @defaultValue 1
   */
  readonly seed?: number;
}

/** A simulated pump skid: physics and sensors, no clock and no network. */
export interface Skid {
  readonly tags: readonly SkidTag[];
  /** Skid time since creation, in milliseconds. */
  readonly timeMs: number;
  /** Turns of the pump shaft since creation. */
  readonly revolutions: number;
  /** Whether the motor is switched on. */
  readonly isOn: boolean;
  /** What the skid's own protection says: vibration, bearing temperature or suction pressure beyond a fixed limit. */
  readonly alarm: boolean;
  /** The newest reading of every tag, in the order of `tags`. */
  readonly readings: readonly SkidReading[];
  readonly activeFaults: readonly ActiveFault[];
  /**
   * Lets the skid run for `dtMs` of its own time. However the time is cut into calls, the readings
   * are the same.
   *
   * @throws TypeError when `dtMs` is negative or not finite.
   */
  advance(dtMs: number): void;
  /**
   * Breaks something; a second injection of the same fault replaces its severity. At severity 1 a
   * fault is plain to see within seconds, below it is more subtle.
   *
   * @param severity - Above 0, at most 3. Defaults to 1.
   * @throws GatewayError `CONFIG_INVALID` for an unknown fault or tag, or a severity outside 0 to 3.
   */
  inject(kind: FaultKind, severity?: number, options?: FaultOptions): void;
  /** Switches the motor off: the pump runs down within seconds, the bearings cool down over minutes. Nothing happens when it is off. */
  stop(): void;
  /** Switches the motor on again; the temperatures are as usual after some minutes. */
  start(): void;
  /** Repairs it, on every tag; the machine recovers within a few of its time constants. */
  clear(kind: FaultKind): void;
}

const STEP_MS = 20;
const STEP_S = STEP_MS / 1000;
const SETTLE_S = 900;
const AMBIENT_C = 22;

const ALARM_VIBRATION = 4.5; // mm/s: ISO 10816, limit of long-term operation
const ALARM_BEARING_C = 70;
const ALARM_SUCTION_BAR = 0.9;

function isAlarm(readings: readonly SkidReading[]): boolean {
  return readings.some(
    ({ tag, value }) =>
      (tag === "bearingVibration" && value > ALARM_VIBRATION) ||
      (tag === "bearingTemperature" && value > ALARM_BEARING_C) ||
      (tag === "suctionPressure" && value < ALARM_SUCTION_BAR),
  );
}

/** Slow waves of the hall temperature, some tenths of a degree. */
function ambientAt(timeS: number, phase: number): number {
  const slow = Math.sin(2 * Math.PI * (timeS / 1020 + phase));
  const slower = Math.sin(2 * Math.PI * (timeS / 2700 + 3 * phase));
  return AMBIENT_C + 0.1 * slow + 0.1 * slower;
}

/**
 * Creates a pump skid that has been running for a while: there is no start-up transient in its
 * readings, and normal operation looks the same in an hour.
 *
 * A tank under nitrogen feeds a centrifugal pump through a filter; the pump feeds the plant through
 * a control valve, and what the plant does not use comes back. Speed and valve follow a demand that
 * goes through four levels about once a minute.
 */
export function createSkid({ seed = 1 }: SkidOptions = {}): Skid {
  // A stream of random numbers each, so that a fault does not change the noise or the load cycle.
  const streams = createRandom(seed);
  const [demandSeed, noiseSeed, faultSeed] = [0, 1, 2].map(() => streams.uniform() * 2 ** 32);
  const demand = createDemand(createRandom(demandSeed as number));
  const sensors = createSensors(createRandom(noiseSeed as number));
  const machine = createMachine(createRandom(faultSeed as number));
  const ambientPhase = streams.uniform();

  const faults = createFaultBuildUp();
  let steps = -SETTLE_S / STEP_S;
  let waitingMs = 0;
  let isOn = true;

  const step = (): void => {
    steps += 1;
    faults.step(STEP_S);
    const ambientC = ambientAt(steps * STEP_S, ambientPhase);
    const outside = { demand: demand.next(STEP_S), ambientC, faults: faults.levels };
    machine.step({ isOn, ...outside }, STEP_S);
  };
  const measure = (): void => sensors.measure(machine.values, faults.levels.cavitation);

  while (steps < 0) step();
  measure();
  const firstRevolution = machine.revolutions;

  return {
    tags: SKID_TAGS,
    get timeMs() {
      return steps * STEP_MS + waitingMs;
    },
    get revolutions() {
      return machine.revolutions - firstRevolution;
    },
    get isOn() {
      return isOn;
    },
    get alarm() {
      return isAlarm(sensors.readings);
    },
    get readings() {
      return [...sensors.readings];
    },
    get activeFaults() {
      return [...faults.active, ...sensors.faults()];
    },
    advance(dtMs) {
      if (!(Number.isFinite(dtMs) && dtMs >= 0)) {
        throw new TypeError(`skid: dtMs must be a number from 0 on, got ${dtMs}`);
      }
      waitingMs += dtMs;
      for (; waitingMs >= STEP_MS; waitingMs -= STEP_MS) {
        step();
        measure();
      }
    },
    inject(kind, severity = 1, { tag } = {}) {
      requireInjection(kind, severity, tag);
      if (isSensorFault(kind)) sensors.inject(kind, severity, tag);
      else faults.inject(kind, severity);
    },
    stop() {
      isOn = false;
    },
    start() {
      isOn = true;
    },
    clear(kind) {
      requireFaultKind(kind);
      if (isSensorFault(kind)) sensors.clear(kind);
      else faults.clear(kind);
    },
  };
}
