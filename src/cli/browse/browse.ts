import type { Command } from "commander";
import { GatewayError } from "../../errors.ts";
import { isModbusUrl, MODBUS_URLS } from "../../sources/modbus/browse/browse-url.ts";
import { parseCount, parseDuration } from "../parse-option.ts";
import { browseModbus, type ModbusBrowseOptions } from "./browse-modbus.ts";
import { browseOpcua, type OpcuaBrowseOptions } from "./browse-opcua.ts";
import { parseRange, parseTables, parseUnits } from "./parse-range.ts";
import { addSecurityOptions } from "./security-options.ts";

type BrowseOptions = ModbusBrowseOptions & OpcuaBrowseOptions;

const OPCUA_URL = "opc.tcp://host:4840/path";

const EXAMPLES = `
Addresses:
${[...MODBUS_URLS, OPCUA_URL].map((url) => `  ${url}`).join("\n")}

Examples:
  wheeltapper browse modbus-tcp://192.168.0.10 --unit 1 --range 0-99
  wheeltapper browse modbus-tcp://192.168.0.10 --table holding --range 14-15 --all
  wheeltapper browse modbus-tcp://192.168.0.10 --unit 1-10 --range 0-0 --passes 1
  wheeltapper browse modbus-tcp://192.168.0.10 --yaml > tags.yaml
  wheeltapper browse opc.tcp://192.168.0.20:4840 --node "nsu=urn:acme:line1;s=Pump1"

Only reads, and one request at a time. Modbus addresses count from 0, as on the wire; the column PLC has them as manuals
write them.`;

/** `wheeltapper browse`: finds the tags of a device that nobody has a list for. */
export function addBrowse(program: Command): void {
  const command = program
    .command("browse")
    .summary("find out what a Modbus device or an OPC UA server has")
    .description(
      "Shows what a device has when there is no list of it: the registers of a Modbus device with what they most probably\n" +
        "mean, or the variables of an OPC UA server.",
    )
    .argument("<address>", "where the device is, see below")
    .option(
      "--timeout <duration>",
      "longest wait for an answer (default: 1s, OPC UA 10s)",
      parseDuration,
    )
    .option("--yaml", "print the tags as a block for a gateway.yaml")
    .option("--json", "print one JSON object");
  addModbusOptions(command);
  addOpcuaOptions(command);
  command.addHelpText("after", EXAMPLES).action(browse);
}

function addModbusOptions(command: Command): void {
  command
    .optionsGroup("Modbus:")
    .option("--unit <ids>", "unit ids, e.g. 1 or 1-10,17 (default: 1)", parseUnits)
    .option("--table <names>", "holding, input, coil, discrete (default: all)", parseTables)
    .option("--range <first-last>", "addresses to read (default: 0-99)", parseRange)
    .option(
      "--passes <times>",
      "how often to read, since what moves tells more (default: 3)",
      parseCount,
    )
    .option("--interval <duration>", "from one pass to the next (default: 1s)", parseDuration)
    .option(
      "--max-requests <count>",
      "most requests to find the addresses of one table (default: 1000)",
      parseCount,
    )
    .option("--all", "show every value under every type and byte order");
}

function addOpcuaOptions(command: Command): void {
  command
    .optionsGroup("OPC UA:")
    .option("--node <id>", "where to begin (default: Objects)")
    .option("--depth <steps>", "how deep to go (default: 20)", parseCount)
    .option("--max <nodes>", "most nodes to look at (default: 1000)", parseCount)
    .option("--server", "also what the server says of itself");
  addSecurityOptions(command);
}

/** Options that mean nothing to the other protocol. */
const modbusOnly = ["unit", "table", "range", "passes", "interval", "maxRequests", "all"];
const both = ["timeout", "yaml", "json"];

async function browse(address: string, options: BrowseOptions): Promise<void> {
  if (options.json && options.yaml) {
    throw new GatewayError("CONFIG_INVALID", "expected either --json or --yaml, got both");
  }
  const given = Object.keys(options).filter((option) => !both.includes(option));
  if (isModbusUrl(address)) {
    refuse(
      given.filter((option) => !modbusOnly.includes(option)),
      "Modbus",
    );
    return browseModbus(address, options);
  }
  if (address.startsWith("opc.tcp:")) {
    refuse(
      given.filter((option) => modbusOnly.includes(option)),
      "OPC UA",
    );
    return browseOpcua(address, options);
  }
  const known = [...MODBUS_URLS, OPCUA_URL].join(" or ");
  throw new GatewayError("CONFIG_INVALID", `expected an address such as ${known}, got ${address}`);
}

function refuse(options: readonly string[], protocol: string): void {
  const [first] = options;
  if (first === undefined) return;
  const flag = first.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new GatewayError("CONFIG_INVALID", `--${flag} means nothing for ${protocol}`, {
    hint: "See wheeltapper browse --help.",
  });
}
