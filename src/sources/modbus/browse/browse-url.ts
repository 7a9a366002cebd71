import { GatewayError } from "../../../errors.ts";
import type { ModbusLine, SerialLine } from "../modbus-client.ts";
import { lineOf } from "../modbus-options.ts";

const protocols = {
  "modbus-tcp:": "tcp",
  "modbus-udp:": "udp",
  "modbus-rtu-over-tcp:": "rtu-over-tcp",
} as const;

/** What `parseModbusUrl` takes, for messages and help. */
export const MODBUS_URLS: readonly string[] = [
  "modbus-tcp://host:502",
  "modbus-udp://host:502",
  "modbus-rtu-over-tcp://host:502",
  "modbus-rtu:///dev/ttyUSB0?baudRate=19200&parity=even",
];

export function isModbusUrl(text: string): boolean {
  return text.startsWith("modbus");
}

/**
 * Reads where a Modbus line is. A serial port is `modbus-rtu:///dev/ttyUSB0` or `modbus-rtu:COM3`, with `baudRate`, `parity`, `dataBits` and
 * `stopBits` after a question mark, as {@link SerialLine} has them.
 *
 * @throws GatewayError `CONFIG_INVALID` when it is no such address.
 */
export function parseModbusUrl(text: string): ModbusLine {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "modbus-rtu:") return serialOf(url);
  const protocol = protocols[url?.protocol as keyof typeof protocols];
  if (url === undefined || protocol === undefined || url.hostname === "") {
    throw new GatewayError(
      "CONFIG_INVALID",
      `expected an address such as ${MODBUS_URLS.join(" or ")}, got ${text}`,
    );
  }
  const isPlain = ["", "/"].includes(url.pathname) && url.search === "";
  if (!isPlain) {
    throw new GatewayError("CONFIG_INVALID", `nothing may follow host and port, got ${text}`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return lineOf({ tags: [], host, protocol, ...(url.port !== "" && { port: Number(url.port) }) });
}

function serialOf(url: URL): ModbusLine {
  const { path, ...settings } = {
    ...Object.fromEntries(url.searchParams),
    path: decodeURI(url.pathname),
  };
  const numbers = ["baudRate", "dataBits", "stopBits"];
  const entries = Object.entries(settings).map(([key, value]) => [
    key,
    numbers.includes(key) ? Number(value) : value,
  ]);
  // What else stands there, or has another type, is refused by the check of the source's options.
  const serial = { path: path.replace(/^\/(COM\d+)$/i, "$1"), ...Object.fromEntries(entries) };
  return lineOf({ tags: [], serial: serial as SerialLine });
}
