import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import { type ByteOrder, type RegisterType, registerCount } from "../../math/registers.ts";
import { requireTags } from "../../math/require-tags.ts";

/** The four memories of a Modbus device; read with function 3, 4, 1 and 2. */
export type ModbusTable = "holding" | "input" | "coil" | "discrete";

/** A tag and where it lies in the device. */
export interface ModbusTag extends Tag {
  readonly table: ModbusTable;
  /**
   * The address as it goes over the wire, 0 to 65535. Many manuals count from 1 and put the table in front:
   * their 40001 is holding register 0 here.
   */
  readonly address: number;
  /** `bool` for coils and discrete inputs (0 or 1), the others for registers; the 32-bit ones take two registers. */
  readonly type: RegisterType | "bool";
  /**
   * Order of the bytes on the wire: 123.456 as float32 is `42F6 E979` in `ABCD`, `E979 42F6` in `CDAB`, `F642 79E9` in
   * `BADC`, `79E9 F642` in `DCBA`.
   * @defaultValue "ABCD"
   */
  readonly byteOrder?: ByteOrder;
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
}

/** Addresses that the tag takes in its table. */
export function addressCount(tag: ModbusTag): number {
  return tag.type === "bool" ? 1 : registerCount(tag.type);
}

const types: readonly string[] = ["float32", "int16", "uint16", "int32", "uint32"];
const byteOrders: readonly string[] = ["ABCD", "CDAB", "BADC", "DCBA"];

/** @throws {@link GatewayError} `CONFIG_INVALID` for the first tag that no device can serve. */
export function requireModbusTags(owner: string, tags: readonly ModbusTag[]): void {
  requireTags(owner, tags);
  for (const tag of tags) {
    const flaw = misfit(tag) ?? flawOf(tag);
    if (flaw) throw new GatewayError("CONFIG_INVALID", `${owner}: tag "${tag.name}": ${flaw}`);
  }
}

function flawOf(tag: ModbusTag): string | undefined {
  const { address, byteOrder = "ABCD", scale = 1, offset = 0 } = tag;
  const highest = 65536 - addressCount(tag);
  if (!Number.isInteger(address) || address < 0 || address > highest) {
    return `address must be a whole number from 0 to ${highest}, got ${address}`;
  }
  if (!byteOrders.includes(byteOrder)) {
    return `byteOrder must be one of ${byteOrders.join(", ")}, got ${byteOrder}`;
  }
  if (!Number.isFinite(scale) || scale === 0) {
    return `scale must be a number other than 0, got ${scale}`;
  }
  if (!Number.isFinite(offset)) return `offset must be a finite number, got ${offset}`;
  return undefined;
}

function misfit({ table, type }: ModbusTag): string | undefined {
  switch (table) {
    case "coil":
    case "discrete":
      return type === "bool" ? undefined : `type must be bool in table ${table}, got ${type}`;
    case "holding":
    case "input":
      return types.includes(type)
        ? undefined
        : `type must be one of ${types.join(", ")} in table ${table}, got ${type}`;
    default:
      return `table must be holding, input, coil or discrete, got ${table}`;
  }
}
