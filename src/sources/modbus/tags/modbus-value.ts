import { type ByteOrder, byteOrdersOf } from "../../../math/registers.ts";
import { isRegisterType, type ModbusType } from "./modbus-type.ts";

/** How a value is made from what lies in the device. */
export interface ModbusValue {
  /**
   * `bool` for coils and discrete inputs (0 or 1) and, with `bit`, for one bit of a register; `int8` and `uint8`, with `half`, for
   * one byte of a register; the others for whole registers: one, two for those of 32 bits, four for those of 64.
   *
   * NaN, the infinities and a BCD digit above nine are `bad`. An integer beyond 2^53 is rounded to the nearest number there is, and
   * `uncertain`.
   */
  readonly type: ModbusType;
  /**
   * Order of the bytes on the wire: 123.456 as float32 is `42F6 E979` in `ABCD`, `E979 42F6` in `CDAB`, `F642 79E9` in
   * `BADC`, `79E9 F642` in `DCBA`. Types of 64 bits have eight letters. Not for coils, discrete inputs and halves.
   * @defaultValue `"ABCD"`, `"ABCDEFGH"` for 64 bits
   */
  readonly byteOrder?: ByteOrder;
  /** Which bit of the register, 0 (the least significant, after `byteOrder`) to 15. Only with `bool` in a register. */
  readonly bit?: number;
  /** Which byte of the register: `high` comes first on the wire. Only with `int8` and `uint8`. */
  readonly half?: "high" | "low";
  /**
   * The value is `raw * scale + offset`.
   * @defaultValue 1
   */
  readonly scale?: number;
  /**
   * In the tag's unit, added after scaling.
   * @defaultValue 0
   */
  readonly offset?: number;
  /**
   * Raw numbers, before scaling, by which the device says that it has no value: they are read as `bad`. A signed integer may be given
   * as manuals write it, as bits: `0x8000` is -32768 for an int16. A float is given as the number that it is.
   */
  readonly badValues?: readonly number[];
  /**
   * The raw numbers that there are and what each means, e.g. `{ 0: "stopped", 1: "running" }`. The value is the number; a number that
   * is not among them is `bad`. Not together with `scale` and `offset`.
   */
  readonly states?: Readonly<Record<number, string>>;
}

/** A value with everything filled in that decoding needs to know. */
export interface ResolvedValue extends ModbusValue {
  readonly byteOrder: ByteOrder;
  readonly scale: number;
  readonly offset: number;
}

/** The order of the bytes when none is said: big-endian. */
export function defaultByteOrder(type: ModbusType): ByteOrder {
  return byteOrdersOf(isRegisterType(type) ? type : "uint16")[0] as ByteOrder;
}
