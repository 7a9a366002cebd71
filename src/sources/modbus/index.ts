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
export type { ModbusPlace, ResolvedPlace } from "./modbus-place.ts";
export { modbusPlan } from "./modbus-plan.ts";
export { modbusSource } from "./modbus-source.ts";
export type { ModbusTable } from "./modbus-table.ts";
export type { ModbusTag } from "./modbus-tag.ts";
export type { ModbusText } from "./modbus-text.ts";
export type { ModbusType } from "./modbus-type.ts";
export type { ModbusValue } from "./modbus-value.ts";
export type { ModbusRequest, PlanItem } from "./plan-requests.ts";
export { printModbusPlan } from "./print-modbus-plan.ts";
