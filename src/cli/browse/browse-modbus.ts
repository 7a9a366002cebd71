import { browseUnit, type UnitFindings } from "../../sources/modbus/browse/browse-unit.ts";
import { parseModbusUrl } from "../../sources/modbus/browse/browse-url.ts";
import { rankGuesses } from "../../sources/modbus/browse/rank-guesses.ts";
import type { ModbusClient, ModbusLine } from "../../sources/modbus/modbus-client.ts";
import { connectFailure, lineName } from "../../sources/modbus/modbus-failure.ts";
import {
  holdsBits,
  type ModbusTable,
  modbusTables,
} from "../../sources/modbus/tags/modbus-table.ts";
import { modbusSerialClient } from "../../sources/modbus/wire/modbus-serial-client.ts";
import { printResult } from "../output.ts";
import { type Progress, startProgress } from "../progress.ts";
import type { BrowsedLine, BrowsedUnit } from "./browsed-line.ts";
import { registerFacts } from "./register-facts.ts";
import { registerLines } from "./register-lines.ts";
import { registerYaml } from "./register-yaml.ts";

export interface ModbusBrowseOptions {
  readonly unit?: readonly number[];
  readonly table?: readonly ModbusTable[];
  readonly range?: readonly [first: number, last: number];
  readonly passes?: number;
  readonly interval?: number;
  readonly timeout?: number;
  readonly maxRequests?: number;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly yaml?: boolean;
}

export async function browseModbus(address: string, options: ModbusBrowseOptions): Promise<void> {
  const line = parseModbusUrl(address);
  const found = await readUnits(line, options);
  const units = found.filter(({ failure }) => !failure).map(ranked);
  const failures = new Map(
    found.flatMap(({ unitId, failure }) => (failure ? [[unitId, failure] as const] : [])),
  );
  const [only] = failures.values();
  if (units.length === 0 && only) throw only;
  const { all = false } = options;
  const result: BrowsedLine = { address, line, units, failures };
  if (options.yaml) process.stdout.write(`${registerYaml(result).join("\n")}\n`);
  else printResult(options.json, registerFacts(result, all), registerLines(result, all));
}

function ranked(unit: UnitFindings): BrowsedUnit {
  const runs = unit.tables.flatMap(({ table, runs }) => (holdsBits(table) ? [] : runs));
  return { ...unit, ranking: rankGuesses(runs) };
}

async function readUnits(
  line: ModbusLine,
  options: ModbusBrowseOptions,
): Promise<readonly UnitFindings[]> {
  const { unit = [1], table: tables = modbusTables, range = [0, 99] } = options;
  const { passes = 3, maxRequests = 1000 } = options;
  const { interval: intervalMs = 1000, timeout: timeoutMs = 1000 } = options;
  const progress = startProgress(`browsing ${lineName(line)}`, unit.length);
  const client = await connect(line, timeoutMs);
  const found: UnitFindings[] = [];
  try {
    for (const unitId of unit) {
      const onRequest = tellOf(progress, found.length);
      const what = { unitId, tables, range, passes, intervalMs, timeoutMs, maxRequests, onRequest };
      found.push(await browseUnit(client, line, what));
    }
  } finally {
    client.close();
    progress.stop();
  }
  return found;
}

function tellOf(progress: Progress, done: number) {
  return ({ unitId, table, address, count }: Parameters<ModbusClient["read"]>[0]): void => {
    progress.update(done, `unit ${unitId}, ${table} ${address}-${address + count - 1}`);
  };
}

async function connect(line: ModbusLine, timeoutMs: number): Promise<ModbusClient> {
  const client = await modbusSerialClient({ line, timeoutMs });
  try {
    await client.connect();
    return client;
  } catch (cause) {
    client.close();
    throw connectFailure({ line, timeoutMs }, cause);
  }
}
