import { type RegisterType, registerCount, registerTypes } from "../../../math/registers.ts";

/** What a tag can be: a bit, half a register, or whole registers. */
export type ModbusType = "bool" | "int8" | "uint8" | RegisterType;

export const modbusTypes: readonly ModbusType[] = ["bool", "int8", "uint8", ...registerTypes];

export function isRegisterType(type: ModbusType): type is RegisterType {
  return (registerTypes as readonly string[]).includes(type);
}

/** Addresses that a value of the type takes in its table. */
export function modbusTypeCount(type: ModbusType): number {
  return isRegisterType(type) ? registerCount(type) : 1;
}

/** Lowest and highest whole number that a type holds; `undefined` for floats, which hold other numbers, too. */
export function wholeRange(type: ModbusType): readonly [low: number, high: number] | undefined {
  const bits = Number(/\d+$/.exec(type)?.[0]);
  if (type === "bool") return [0, 1];
  if (type.startsWith("float")) return undefined;
  if (type.startsWith("bcd")) return [0, 10 ** (bits / 4) - 1];
  return type.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}
