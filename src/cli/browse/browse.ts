import type { Command } from "commander";
import { GatewayError } from "../../errors.ts";
import { isModbusUrl, MODBUS_URLS } from "../../sources/modbus/browse-url.ts";
import { parseCount, parseDuration } from "../parse-option.ts";
import { browseModbus, type ModbusBrowseOptions } from "./browse-modbus.ts";
import { parseRange, parseTables, parseUnits } from "./parse-range.ts";

type BrowseOptions = ModbusBrowseOptions;

const EXAMPLES = `
Addresses:
${[...MODBUS_URLS, "opc.tcp://host:4840/path"].map((url) => `  ${url}`).join("\n")}

Examples:
  wheeltapper browse modbus-tcp://192.168.0.10 --unit 1 --range 0-99
  wheeltapper browse modbus-tcp://192.168.0.10 --table holding --range 14-15 --all
  wheeltapper browse modbus-tcp://192.168.0.10 --unit 1-10 --range 0-0 --passes 1
  wheeltapper browse modbus-tcp://192.168.0.10 --yaml > tags.yaml

Reads only, one request at a time. Addresses count from 0, as on the wire; the column PLC has them as manuals write them.`;

/** `wheeltapper browse`: finds the tags of a device that nobody has a list for. */
export function addBrowse(program: Command): void {
  const command = program
    .command("browse")
    .summary("find out what a Modbus device or an OPC UA server has")
    .description(
      "Shows what a device has when there is no list of it: the registers of a Modbus device with what they most probably mean.",
    )
    .argument("<address>", "where the device is, see below")
    .option("--json", "print one JSON object")
    .option("--yaml", "print the tags as a block for a gateway.yaml");
  addModbusOptions(command);
  command.addHelpText("after", EXAMPLES).action(browse);
}

function addModbusOptions(command: Command): void {
  command
    .optionsGroup("Modbus:")
    .option("--unit <ids>", "unit ids, e.g. 1 or 1-10,17", parseUnits, [1])
    .option("--table <names>", "holding, input, coil, discrete (default: all)", parseTables)
    .option("--range <first-last>", "addresses to read (default: 0-99)", parseRange)
    .option("--passes <times>", "how often to read: what moves tells more", parseCount, 3)
    .option("--interval <duration>", "from one pass to the next (default: 1s)", parseDuration)
    .option("--timeout <duration>", "longest wait for an answer (default: 1s)", parseDuration)
    .option(
      "--max-requests <count>",
      "most requests to find the addresses of one table",
      parseCount,
      1000,
    )
    .option("--all", "show every value under every type and byte order");
}

async function browse(address: string, options: BrowseOptions): Promise<void> {
  if (options.json && options.yaml) {
    throw new GatewayError("CONFIG_INVALID", "expected either --json or --yaml, got both");
  }
  if (isModbusUrl(address)) return browseModbus(address, options);
  throw new GatewayError(
    "CONFIG_INVALID",
    `expected an address such as ${MODBUS_URLS[0]} or opc.tcp://host:4840, got ${address}`,
  );
}
