import { type ModbusTable, modbusTables } from "./modbus-table.ts";
import { parsePlcAddress, plcAddressFlaw } from "./plc-address.ts";

/** Where something lies in a device: either `table` and `address`, or `plcAddress`. */
export interface ModbusPlace {
  /**
   * The device on the line, 0 to 255.
   * @defaultValue the source's
   */
  readonly unitId?: number;
  readonly table?: ModbusTable;
  /**
   * The address as it goes over the wire, 0 to 65535. Many manuals count from 1, and then this is one less: an address
   * that is one too high reads the neighbour, or half of one value and half of the next.
   */
  readonly address?: number;
  /**
   * The address as manuals write it that count from 1 and put the table in front, with 5 or 6 digits: `"40001"` and `"400001"`
   * are holding register 0 on the wire, `"30012"` is input register 11, `"10001"` is discrete input 0, `"00017"` is coil 16.
   */
  readonly plcAddress?: string;
}

/** Where something lies, in the terms of the wire. */
export interface ResolvedPlace {
  readonly unitId: number;
  readonly table: ModbusTable;
  /** Counts from 0. */
  readonly address: number;
  /** Registers or bits, from `address` on. */
  readonly count: number;
}

/** Table and address on the wire of a place that has been checked. */
export function placeOf(place: ModbusPlace): Pick<ResolvedPlace, "table" | "address"> {
  if (place.plcAddress !== undefined) return parsePlcAddress(place.plcAddress);
  return { table: place.table as ModbusTable, address: place.address as number };
}

/** What is wrong with a place, whatever lies there, and `undefined` when nothing is. */
export function placeFlaw(place: ModbusPlace): string | undefined {
  const { unitId, table, address, plcAddress } = place;
  if (unitId !== undefined && !(Number.isInteger(unitId) && unitId >= 0 && unitId <= 255)) {
    return `unitId must be a whole number from 0 to 255, got ${unitId}`;
  }
  const onWire = table !== undefined || address !== undefined;
  if (plcAddress !== undefined) {
    return onWire
      ? "its place must be given as table and address or as plcAddress, got both"
      : plcAddressFlaw(plcAddress);
  }
  if (!onWire) return "its place must be given as table and address or as plcAddress, got neither";
  if (table === undefined || !modbusTables.includes(table)) {
    return `table must be holding, input, coil or discrete, got ${table}`;
  }
  return undefined;
}

/** What is wrong with the length of something that takes `count` addresses at a place, and `undefined` when nothing is. */
export function extentFlaw(place: ModbusPlace, count: number): string | undefined {
  const { address } = placeOf(place);
  const highest = 65_536 - count;
  if (Number.isInteger(address) && address >= 0 && address <= highest) return undefined;
  return place.plcAddress === undefined
    ? `address must be a whole number from 0 to ${highest}, got ${address}`
    : `plcAddress must leave room for ${count} registers: "${place.plcAddress.charAt(0)}${highest + 1}" at most, got "${place.plcAddress}"`;
}
