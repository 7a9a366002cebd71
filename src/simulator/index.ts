export { createSkid, type Skid, type SkidOptions } from "./create-skid.ts";
export {
  type ActiveFault,
  FAULT_DESCRIPTIONS,
  FAULT_KINDS,
  type FaultKind,
  type FaultOptions,
  type MachineFaultKind,
  type SensorFaultKind,
} from "./fault.ts";
export type { ScheduledFault } from "./fault-schedule.ts";
export type { ModbusMapEntry } from "./modbus-map.ts";
export type { OpcuaMapEntry } from "./opcua-server.ts";
export type { SkidReading } from "./sensors.ts";
export type { SkidTag, SkidTagName, SkidUnit } from "./skid-tags.ts";
export { type Simulator, type SimulatorOptions, startSimulator } from "./start-simulator.ts";
