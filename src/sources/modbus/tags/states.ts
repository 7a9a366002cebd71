import { type ModbusType, wholeRange } from "./modbus-type.ts";
import type { ModbusValue } from "./modbus-value.ts";

/** What is wrong with the `states` of a value, and `undefined` when nothing is. */
export function statesFlaw({ type, states, scale, offset }: ModbusValue): string | undefined {
  if (states === undefined) return undefined;
  if (scale !== undefined || offset !== undefined) {
    return "states must stand without scale and offset: the value is the number of the state";
  }
  const range = wholeRange(type);
  if (range === undefined) return `states needs a type of whole numbers, got ${type}`;
  if (!isMap(states) || Object.keys(states).length === 0) {
    return `states must map numbers to texts, as in { 0: "stopped", 1: "running" }, got ${JSON.stringify(states)}`;
  }
  return Object.entries(states)
    .map(([number, text]) => stateFlaw(number, text, type, range))
    .find((flaw) => flaw !== undefined);
}

function stateFlaw(
  key: string,
  text: unknown,
  type: ModbusType,
  [low, high]: readonly [number, number],
): string | undefined {
  const number = key.trim() === "" ? Number.NaN : Number(key);
  if (!Number.isInteger(number) || number < low || number > high) {
    return `states must be whole numbers from ${low} to ${high} for type ${type}, got ${JSON.stringify(key)}`;
  }
  if (typeof text === "string") return undefined;
  return `states must map ${key} to a text, got ${JSON.stringify(text)}`;
}

function isMap(states: unknown): boolean {
  return typeof states === "object" && states !== null && !Array.isArray(states);
}

/** `0 (stopped), 1 (running)` */
export function listStates(states: Readonly<Record<number, string>>): string {
  return Object.entries(states)
    .map(([number, text]) => `${number} (${text})`)
    .join(", ");
}
