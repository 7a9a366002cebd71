export type { ByteOrder, ByteOrder32, ByteOrder64, RegisterType } from "../../math/registers.ts";
export type { ReconnectOptions } from "../reconnect-options.ts";
export type {
  Source,
  SourceCounters,
  SourceState,
  SourceStatus,
  SourceTrouble,
} from "../source.ts";
export type {
  ModbusClient,
  ModbusLine,
  ModbusRead,
  ModbusTarget,
  SerialLine,
} from "./modbus-client.ts";
export type { ModbusSourceOptions, ModbusUnitOptions } from "./modbus-options.ts";
export { modbusPlan } from "./modbus-plan.ts";
export { modbusSource } from "./modbus-source.ts";
export type { ModbusRequest, PlanItem } from "./poll/plan-requests.ts";
export { printModbusPlan } from "./print-modbus-plan.ts";
export type { ModbusPlace, ResolvedPlace } from "./tags/modbus-place.ts";
export type { ModbusTable } from "./tags/modbus-table.ts";
export type { ModbusTag } from "./tags/modbus-tag.ts";
export type { ModbusText } from "./tags/modbus-text.ts";
export type { ModbusType } from "./tags/modbus-type.ts";
export type { ModbusValue } from "./tags/modbus-value.ts";
