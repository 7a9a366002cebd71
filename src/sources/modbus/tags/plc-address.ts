import type { ModbusTable } from "./modbus-table.ts";

const tableOfDigit: Readonly<Record<string, ModbusTable>> = {
  0: "coil",
  1: "discrete",
  3: "input",
  4: "holding",
};

/** What is wrong with an address as manuals write it, and `undefined` when nothing is. */
export function plcAddressFlaw(plcAddress: unknown): string | undefined {
  const got = JSON.stringify(plcAddress);
  if (typeof plcAddress === "number") {
    return `plcAddress must be a text such as "40001", got the number ${got}: put it in quotes`;
  }
  if (typeof plcAddress !== "string" || !/^\d{5,6}$/.test(plcAddress)) {
    return `plcAddress must be a text of 5 or 6 digits such as "40001", got ${got}`;
  }
  const digit = plcAddress.charAt(0);
  const table = tableOfDigit[digit];
  if (table === undefined) {
    return `plcAddress must begin with 0 (coil), 1 (discrete), 3 (input) or 4 (holding), got ${got}`;
  }
  const position = Number(plcAddress.slice(1));
  if (position === 0) {
    const first = digit + "1".padStart(plcAddress.length - 1, "0");
    return `plcAddress counts from 1: the first of table ${table} is "${first}", got ${got}`;
  }
  if (position > 65_536) return `plcAddress must be "${digit}65536" at most, got ${got}`;
  return undefined;
}

/** The place that a faultless address means: `40001` and `400001` are holding register 0 on the wire. */
export function parsePlcAddress(plcAddress: string): {
  readonly table: ModbusTable;
  readonly address: number;
} {
  const table = tableOfDigit[plcAddress.charAt(0)] as ModbusTable;
  return { table, address: Number(plcAddress.slice(1)) - 1 };
}
