import type { Random } from "../math/random.ts";
import type { MachineFaultKind } from "./fault.ts";
import type { SkidTagName } from "./skid-tags.ts";

/** What acts on the machine in one step. */
export interface MachineInputs {
  /** Whether the motor is switched on. */
  readonly isOn: boolean;
  /** 0 to 1. */
  readonly demand: number;
  readonly ambientC: number;
  /** How strongly each fault acts right now; 0 for a healthy machine. */
  readonly faults: Readonly<Record<MachineFaultKind, number>>;
}

/** The physical skid: true values, before any sensor. */
export interface Machine {
  readonly values: Readonly<Record<SkidTagName, number>>;
  /** Turns of the shaft since the machine was created. */
  readonly revolutions: number;
  step(inputs: MachineInputs, dtS: number): void;
}

interface State {
  readonly values: Record<SkidTagName, number>;
  returnFlow: number; // m³/h
  shaftKw: number;
  /** Of the vibration: mm/s that a worn bearing adds for a moment. */
  burst: number;
  revolutions: number;
}

const NOMINAL_RPM = 2950;
const STILL_SPEED = 0.5; // of nominal; below, vibration dies away
const BAR_PER_M = 0.0981; // water
const SHUT_OFF_M = 60; // pump curve at nominal speed: head = SHUT_OFF_M * s² - PUMP_DROP * q²
const PUMP_DROP = 0.0048;
const STATIC_M = 12; // system curve: head = STATIC_M + (pipe + filter + valve) * q²
const PIPE_LOSS = 0.004;
const FILTER_LOSS = 0.0006;
const VALVE_KV = 60; // m³/h at 1 bar, fully open
const VALVE_RATIO = 10; // equal percentage
const BEST_FLOW = 52; // m³/h at nominal speed
const BLANKET_BAR = 1.5; // nitrogen on the tank
const TANK_M = 2; // height
const TANK_M3 = 2;
const TANK_SETPOINT = 65; // %
const MAX_MAKE_UP = 4; // m³/h, either way
const SEAL_LEAK = 9; // m³/h

/** Moves `value` towards `target` as a first-order lag does. */
function lag(value: number, target: number, tauS: number, dtS: number): number {
  return value + (target - value) * Math.min(1, dtS / tauS);
}

/** Head in m over flow in m³/h, squared. */
function filterLoss(clogging: number): number {
  return FILTER_LOSS * (1 + 7 * clogging);
}

/** Head in m that the pump gives without flow: goes with the square of the speed (affinity laws). */
function shutOffHead({ motorSpeed }: State["values"], cavitation: number): number {
  return SHUT_OFF_M * (motorSpeed / NOMINAL_RPM) ** 2 * (1 - 0.06 * cavitation);
}

/** Flow in m³/h at which pump curve and system curve meet. */
function operatingFlow(values: State["values"], faults: MachineInputs["faults"]): number {
  const kv = VALVE_KV * VALVE_RATIO ** (values.valvePosition / 100 - 1);
  const losses = PIPE_LOSS + filterLoss(faults["filter-clogging"]) + 1 / BAR_PER_M / kv ** 2;
  const liftM = STATIC_M + (TANK_M * (TANK_SETPOINT - values.tankLevel)) / 100;
  const driveM = shutOffHead(values, faults.cavitation) - liftM;
  return Math.sqrt(Math.max(0, driveM) / (losses + PUMP_DROP));
}

/** Relative distance from the flow of best efficiency, which goes with the speed (affinity laws again). */
function offBest({ flow, motorSpeed }: State["values"]): number {
  return flow / (BEST_FLOW * Math.max(motorSpeed / NOMINAL_RPM, 0.1)) - 1;
}

function stepActuators(state: State, { isOn, demand, faults }: MachineInputs, dtS: number): void {
  const { values } = state;
  const freedom = 1 - Math.min(1, faults["valve-stuck"]);
  values.valvePosition = lag(values.valvePosition, isOn ? 30 + 50 * demand : 0, 1, dtS * freedom);
  values.motorSpeed = lag(values.motorSpeed, isOn ? 2300 + 600 * demand : 0, 1.5, dtS);
  state.revolutions += (values.motorSpeed / 60) * dtS;
}

function stepHydraulics(state: State, { faults }: MachineInputs, dtS: number): void {
  const { values } = state;
  values.flow = lag(values.flow, operatingFlow(values, faults), 0.8, dtS);
  const headM = shutOffHead(values, faults.cavitation) - PUMP_DROP * values.flow ** 2;
  const filterM = filterLoss(faults["filter-clogging"]) * values.flow ** 2;
  const tankM = (TANK_M * values.tankLevel) / 100;
  values.suctionPressure = BLANKET_BAR + BAR_PER_M * (tankM - filterM) - 0.7 * faults.cavitation;
  values.dischargePressure = values.suctionPressure + BAR_PER_M * headM;
  const sealBar = values.suctionPressure + 1.5 + 0.1 * BAR_PER_M * headM;
  values.sealPressure = lag(values.sealPressure, sealBar - 1.3 * faults["seal-leak"], 3, dtS);
}

function stepTank(state: State, { faults }: MachineInputs, dtS: number): void {
  const { values } = state;
  state.returnFlow = lag(state.returnFlow, values.flow, 15, dtS);
  const missingM3 = ((TANK_SETPOINT - values.tankLevel) / 100) * TANK_M3;
  const makeUp = Math.min(MAX_MAKE_UP, Math.max(-MAX_MAKE_UP, (missingM3 / 30) * 3600));
  const leak = SEAL_LEAK * faults["seal-leak"] * Math.min(1, values.tankLevel / 20);
  const gain = state.returnFlow + makeUp - values.flow - leak; // m³/h
  values.tankLevel += ((gain / 3600) * dtS * 100) / TANK_M3;
}

function stepDrive(state: State, { isOn, ambientC, faults }: MachineInputs, dtS: number): void {
  const { values } = state;
  const speed = values.motorSpeed / NOMINAL_RPM;
  const wear = faults["bearing-wear"];
  const efficiency = 0.72 * (1 - 0.3 * Math.min(1, offBest(values) ** 2));
  const headM = (values.dischargePressure - values.suctionPressure) / BAR_PER_M;
  const hydraulicKw = (9.81 * headM * values.flow) / 3600;
  state.shaftKw = hydraulicKw / efficiency + 0.5 * speed ** 2 * (1 + wear);
  values.motorCurrent = isOn ? Math.hypot(7, state.shaftKw / 0.536) : 0;
  values.ambientTemperature = ambientC;
  const bearing = ambientC + (isOn ? 12 : 0) + 2 * state.shaftKw + 4 * speed + 16 * wear;
  values.bearingTemperature = lag(values.bearingTemperature, bearing, 45, dtS);
  const motor = ambientC + (isOn ? 15 : 0) + 32 * (values.motorCurrent / 18) ** 2;
  values.motorTemperature = lag(values.motorTemperature, motor, 90, dtS);
}

function stepVibration(state: State, { faults }: MachineInputs, dtS: number, random: Random): void {
  const { values } = state;
  const speed = values.motorSpeed / NOMINAL_RPM;
  const wear = faults["bearing-wear"];
  state.burst *= Math.exp(-dtS / 0.3);
  if (wear > 0 && random.uniform() < 0.8 * dtS) state.burst += 1 + 2 * random.uniform();
  const smooth = 0.7 + 1.1 * speed ** 2 + 0.05 * state.shaftKw + 0.4 * Math.abs(offBest(values));
  const turning = Math.min(1, speed / STILL_SPEED);
  const shaking = smooth * (1 + 1.1 * wear) + wear * state.burst + faults.cavitation;
  values.bearingVibration = turning * shaking;
}

/** Creates the machine, cold and at rest; it takes some ten minutes to settle. */
export function createMachine(random: Random): Machine {
  const values: Record<SkidTagName, number> = {
    motorSpeed: 0,
    motorCurrent: 0,
    motorTemperature: 55,
    suctionPressure: BLANKET_BAR,
    dischargePressure: BLANKET_BAR,
    flow: 0,
    bearingTemperature: 45,
    bearingVibration: 0,
    sealPressure: BLANKET_BAR,
    tankLevel: TANK_SETPOINT,
    valvePosition: 60,
    ambientTemperature: 22,
  };
  const state: State = { values, returnFlow: 0, shaftKw: 0, burst: 0, revolutions: 0 };
  return {
    values,
    get revolutions() {
      return state.revolutions;
    },
    step(inputs, dtS) {
      stepActuators(state, inputs, dtS);
      stepHydraulics(state, inputs, dtS);
      stepTank(state, inputs, dtS);
      stepDrive(state, inputs, dtS);
      stepVibration(state, inputs, dtS, random);
    },
  };
}
