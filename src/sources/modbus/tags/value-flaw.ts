import { byteOrdersOf } from "../../../math/registers.ts";
import { badValuesFlaw } from "./bad-values.ts";
import { holdsBits, type ModbusTable } from "./modbus-table.ts";
import { isRegisterType, modbusTypes } from "./modbus-type.ts";
import type { ModbusValue } from "./modbus-value.ts";
import { statesFlaw } from "./states.ts";

/** What is wrong with how a value is to be read from a table, and `undefined` when nothing is. */
export function valueFlaw(value: ModbusValue, table: ModbusTable): string | undefined {
  return (
    typeFlaw(value, table) ??
    bitFlaw(value, table) ??
    halfFlaw(value) ??
    byteOrderFlaw(value, table) ??
    scaleFlaw(value) ??
    badValuesFlaw(value) ??
    statesFlaw(value)
  );
}

function typeFlaw({ type, bit }: ModbusValue, table: ModbusTable): string | undefined {
  if (holdsBits(table)) {
    return type === "bool" ? undefined : `type must be bool in table ${table}, got ${type}`;
  }
  if (!modbusTypes.includes(type)) {
    return `type must be one of ${modbusTypes.join(", ")} in table ${table}, got ${type}`;
  }
  return type === "bool" && bit === undefined
    ? `type must be a number, or bool with a bit of 0 to 15, in table ${table}, got bool without bit`
    : undefined;
}

function bitFlaw({ type, bit }: ModbusValue, table: ModbusTable): string | undefined {
  if (bit === undefined) return undefined;
  if (type !== "bool") return `bit needs type bool, got ${type}`;
  if (holdsBits(table)) {
    return `bit needs a register, got table ${table}, where every address is one bit`;
  }
  const fits = Number.isInteger(bit) && bit >= 0 && bit <= 15;
  return fits ? undefined : `bit must be a whole number from 0 to 15, got ${bit}`;
}

function halfFlaw({ type, half }: ModbusValue): string | undefined {
  const isHalf = type === "int8" || type === "uint8";
  if (!isHalf) return half === undefined ? undefined : `half needs type int8 or uint8, got ${type}`;
  return half === "high" || half === "low"
    ? undefined
    : `half must be high or low for type ${type}, got ${half}`;
}

function byteOrderFlaw({ type, byteOrder }: ModbusValue, table: ModbusTable): string | undefined {
  if (byteOrder === undefined) return undefined;
  if (type === "int8" || type === "uint8") {
    return `byteOrder must be left out for type ${type}, where half says which byte, got ${byteOrder}`;
  }
  if (holdsBits(table)) {
    return `byteOrder must be left out in table ${table}, which has no bytes, got ${byteOrder}`;
  }
  const orders = byteOrdersOf(isRegisterType(type) ? type : "uint16");
  if (orders.includes(byteOrder)) return undefined;
  return `byteOrder must be one of ${orders.join(", ")}, got ${byteOrder}, for type ${type}`;
}

function scaleFlaw({ scale, offset }: ModbusValue): string | undefined {
  if (scale !== undefined && (!Number.isFinite(scale) || scale === 0)) {
    return `scale must be a number other than 0, got ${scale}`;
  }
  return offset === undefined || Number.isFinite(offset)
    ? undefined
    : `offset must be a finite number, got ${offset}`;
}
