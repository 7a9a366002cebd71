import type { RegisterGuess } from "../../sources/modbus/browse/rank-guesses.ts";
import type { ModbusTable } from "../../sources/modbus/tags/modbus-table.ts";

/** First digit of an address in manuals. */
const plcDigits: Readonly<Record<ModbusTable, number>> = {
  coil: 0,
  discrete: 1,
  input: 3,
  holding: 4,
};

/** The cells of a guess in a table, up to its values: address, PLC address, type, order, how sure, first and last value. */
export function guessCells(table: ModbusTable, guess: RegisterGuess): readonly string[] {
  const { address, count, type, probability, values } = guess;
  const end = address + count - 1;
  return [
    end === address ? `${address}` : `${address}-${end}`,
    plcAddress(table, address),
    type,
    showOrder(guess),
    showPercent(probability),
    showValue(values[0]),
    values.length > 1 ? showValue(values.at(-1)) : "",
  ];
}

/** `uint32 CDAB 12 %: 1500` */
export function guessInShort(guess: RegisterGuess): string {
  const { type, probability, values } = guess;
  if (type === "empty") return `nothing ${showPercent(probability)}`;
  const words = [type, showOrder(guess), showPercent(probability)].filter((word) => word !== "");
  return `${words.join(" ")}: ${showValue(values.at(-1))}`;
}

/** A single register in the usual order needs no word on it. */
function showOrder({ type, byteOrder, count }: RegisterGuess): string {
  if (type === "text") return textOrder(byteOrder);
  return count === 1 && byteOrder === "ABCD" ? "" : byteOrder;
}

/** Which character of a register comes first, as `ModbusText` has it. */
export function textOrder(byteOrder: string): "AB" | "BA" {
  return byteOrder === "ABCD" ? "AB" : "BA";
}

function plcAddress(table: ModbusTable, address: number): string {
  const digits = address < 9999 ? 4 : 5;
  return `${plcDigits[table]}${String(address + 1).padStart(digits, "0")}`;
}

/** A number with up to seven digits, as many as a float32 has; whole numbers entire; texts in quotes. */
export function showValue(value: number | string | undefined): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === undefined) return "";
  if (!Number.isFinite(value) || Number.isSafeInteger(value)) return String(value);
  return Math.abs(value) < 1e9 ? String(Number(value.toPrecision(7))) : value.toExponential(6);
}

export function showPercent(share: number): string {
  const rounded = Math.round(100 * share);
  if (rounded === 0) return "<1 %";
  return rounded === 100 ? ">99 %" : `${rounded} %`;
}
