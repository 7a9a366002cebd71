import { GatewayError } from "../../../errors.ts";
import { requireKnown } from "../../../math/range-checks.ts";
import {
  extentFlaw,
  type ModbusPlace,
  placeFlaw,
  placeOf,
  type ResolvedPlace,
} from "./modbus-place.ts";
import { holdsBits } from "./modbus-table.ts";

/** A text in holding or input registers, such as a serial number or a firmware version: part of the status, never a reading. */
export interface ModbusText extends ModbusPlace {
  /** Unique within a source. */
  readonly name: string;
  /** Registers that the text takes, two characters each, 1 to 125. */
  readonly registers: number;
  /**
   * Which character of a register comes first: `AB` is `5445 5354` for "TEST", `BA` is `4554 5453`.
   * @defaultValue `"AB"`
   */
  readonly byteOrder?: "AB" | "BA";
}

/** A text as a poll needs it: in the terms of the wire, with nothing left open. */
export interface ResolvedModbusText extends ResolvedPlace {
  readonly name: string;
  readonly byteOrder: "AB" | "BA";
}

/** Fills in what a text leaves open. The text has passed {@link requireModbusTexts}. */
export function resolveText(
  text: ModbusText,
  defaults: { readonly unitId: number },
): ResolvedModbusText {
  const { name, unitId = defaults.unitId, byteOrder = "AB", registers } = text;
  return { name, unitId, byteOrder, ...placeOf(text), count: registers };
}

/**
 * Reads a text out of registers as they came from the device, beginning with the one at `index`.
 *
 * It ends at the first NUL, since what follows is often left over from a longer text; spaces at its end are cut, and what is not printable
 * ASCII becomes `?`.
 */
export function decodeText(
  words: ArrayLike<number>,
  index: number,
  { count, byteOrder }: Pick<ResolvedModbusText, "count" | "byteOrder">,
): string {
  const codes: number[] = [];
  for (let at = index; at < index + count && at < words.length; at += 1) {
    const word = words[at] as number;
    const [high, low] = [word >> 8, word & 0xff];
    codes.push(...(byteOrder === "AB" ? [high, low] : [low, high]));
  }
  const end = codes.indexOf(0);
  return codes
    .slice(0, end < 0 ? codes.length : end)
    .map((code) => (code >= 0x20 && code <= 0x7e ? String.fromCharCode(code) : "?"))
    .join("")
    .trimEnd();
}

const KEYS: readonly (keyof ModbusText)[] = [
  "name",
  "unitId",
  "table",
  "address",
  "plcAddress",
  "registers",
  "byteOrder",
];

/** @throws {@link GatewayError} `CONFIG_INVALID` for the first text that no device can serve. */
export function requireModbusTexts(owner: string, texts: readonly ModbusText[]): void {
  if (!Array.isArray(texts)) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `${owner}: texts must be a list, got ${JSON.stringify(texts)}`,
    );
  }
  const names = new Set<string>();
  for (const text of texts) {
    const { name } = text;
    const subject = `${owner}: text "${name}"`;
    requireKnown(subject, text, KEYS);
    const flaw = names.has(name) ? "name must be unique, got it twice" : textFlaw(text);
    if (flaw) throw new GatewayError("CONFIG_INVALID", `${subject}: ${flaw}`);
    names.add(name);
  }
}

function textFlaw(text: ModbusText): string | undefined {
  const { name, registers, byteOrder } = text;
  if (typeof name !== "string" || name === "") return "name must be a text that is not empty";
  const misplaced = placeFlaw(text);
  if (misplaced) return misplaced;
  const { table } = placeOf(text);
  if (holdsBits(table)) {
    return `table must be holding or input for a text, got ${table}`;
  }
  if (!Number.isInteger(registers) || registers < 1 || registers > 125) {
    return `registers must be a whole number from 1 to 125, got ${registers}`;
  }
  if (byteOrder !== undefined && byteOrder !== "AB" && byteOrder !== "BA") {
    return `byteOrder must be AB or BA for a text, got ${byteOrder}`;
  }
  return extentFlaw(text, registers);
}
