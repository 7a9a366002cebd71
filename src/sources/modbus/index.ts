export type { ByteOrder, RegisterType } from "../../math/registers.ts";
export type { ReconnectOptions } from "../reconnect-options.ts";
export type { Source, SourceState, SourceStatus } from "../source.ts";
export type { ModbusClient, ModbusTarget } from "./modbus-client.ts";
export { type ModbusSourceOptions, modbusSource } from "./modbus-source.ts";
export type { ModbusTable, ModbusTag } from "./modbus-tag.ts";
