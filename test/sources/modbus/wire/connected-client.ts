import { onTestFinished } from "vitest";
import type { ModbusClient, ModbusLine } from "../../../../src/sources/modbus/modbus-client.ts";
import { modbusSerialClient } from "../../../../src/sources/modbus/wire/modbus-serial-client.ts";

/** A client that is connected, and closed after the test. */
export async function connected(line: ModbusLine): Promise<ModbusClient> {
  const client = await modbusSerialClient({ line, timeoutMs: 10_000 });
  onTestFinished(() => client.close());
  await client.connect();
  return client;
}

/** How the servers of the tests set their serial ports. */
export function serial(path: string): Extract<ModbusLine, { protocol: "rtu" }> {
  return { protocol: "rtu", path, baudRate: 19_200, parity: "none", dataBits: 8, stopBits: 1 };
}
