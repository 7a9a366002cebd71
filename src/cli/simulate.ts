import { type Command, InvalidArgumentError } from "commander";
import { onceSignalled } from "../gateway/once-signalled.ts";
import { FAULT_DESCRIPTIONS, FAULT_KINDS, type FaultKind } from "../simulator/fault.ts";
import type { ScheduledFault } from "../simulator/fault-schedule.ts";
import { startSimulator } from "../simulator/start-simulator.ts";
import { parseSeed } from "./parse-option.ts";

interface SimulateOptions {
  readonly modbusPort: number;
  readonly opcuaPort: number;
  readonly fault?: readonly ScheduledFault[];
  readonly seed?: number;
}

/** `wheeltapper simulate`: the pump skid alone, until it is interrupted. */
export function addSimulate(program: Command): void {
  const faults = FAULT_KINDS.map((kind) => `  ${kind.padEnd(16)} ${FAULT_DESCRIPTIONS[kind]}`);
  program
    .command("simulate")
    .summary("serve a simulated pump skid over Modbus TCP and OPC UA")
    .description("Serves a pump skid over real Modbus TCP and OPC UA until it is interrupted.")
    .option("--modbus-port <port>", "TCP port of the Modbus server", parsePort, 5020)
    .option("--opcua-port <port>", "TCP port of the OPC UA server", parsePort, 4840)
    .option(
      "--fault <kind@seconds>",
      "inject a fault so many seconds after the start; may be repeated",
      addFault,
    )
    .option("--seed <number>", "decides noise and load cycles (default: 1)", parseSeed)
    .addHelpText("after", `\nFaults:\n${faults.join("\n")}`)
    .action(simulate);
}

async function simulate({ fault = [], ...options }: SimulateOptions): Promise<void> {
  const simulator = await startSimulator({ ...options, schedule: fault });
  const { modbusUrl, opcuaUrl, modbusTags, opcuaTags } = simulator;
  const registers = modbusTags.map(
    ({ name, unit = "", table, address, type }) =>
      `  ${name.padEnd(20)} ${unit.padEnd(6)} ${table} ${address} ${type}`,
  );
  const nodes = opcuaTags.map(
    ({ name, unit = "", nodeId }) => `  ${name.padEnd(20)} ${unit.padEnd(6)} ${nodeId}`,
  );
  process.stdout.write(
    `${[modbusUrl, ...registers, opcuaUrl, ...nodes].join("\n")}\nCtrl-C stops it.\n`,
  );

  await new Promise<void>((resolve) => onceSignalled(resolve));
  await simulator.stop();
}

function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError(`Expected a port from 0 (any free one) to 65535, got ${text}.`);
}

function addFault(text: string, before: readonly ScheduledFault[] = []): readonly ScheduledFault[] {
  const [kind, seconds] = text.split("@");
  const known = FAULT_KINDS.find((name): name is FaultKind => name === kind);
  const atMs = Number(seconds || Number.NaN) * 1000;
  if (known !== undefined && atMs >= 0) return [...before, { kind: known, atMs }];
  throw new InvalidArgumentError(
    `Expected KIND@SECONDS such as bearing-wear@30, KIND one of ${FAULT_KINDS.join(", ")}; got ${text}.`,
  );
}
