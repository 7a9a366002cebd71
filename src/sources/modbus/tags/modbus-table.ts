/** The four memories of a Modbus device; read with function 3, 4, 1 and 2. */
export type ModbusTable = "holding" | "input" | "coil" | "discrete";

export const modbusTables: readonly ModbusTable[] = ["holding", "input", "coil", "discrete"];

/** Whether each address of the table is one bit; else it is a register of 16. */
export function holdsBits(table: ModbusTable): boolean {
  return table === "coil" || table === "discrete";
}
