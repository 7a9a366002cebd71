import { GatewayError } from "../../errors.ts";
import {
  requireKnown,
  requireNotNegative,
  requireOneOf,
  requirePositive,
} from "../../math/range-checks.ts";
import { RECONNECT_OPTIONS, type ReconnectOptions } from "../reconnect-options.ts";
import type { ModbusClient, ModbusLine, ModbusTarget, SerialLine } from "./modbus-client.ts";
import type { PlanLimits } from "./poll/plan-requests.ts";
import type { ModbusTag } from "./tags/modbus-tag.ts";
import type { ModbusText } from "./tags/modbus-text.ts";

/** How one unit wants to be asked. */
export interface ModbusUnitOptions {
  /**
   * Registers of one request at most, for a device that takes fewer than the protocol allows.
   * @defaultValue 125
   */
  readonly maxRegisters?: number;
  /**
   * Coils or discrete inputs of one request at most.
   * @defaultValue 2000
   */
  readonly maxBits?: number;
  /**
   * Addresses between two tags that are read over, to save a request. A hole among them that the device refuses is found and left out.
   * @defaultValue 10
   */
  readonly maxGap?: number;
  /**
   * One request for each tag, for a device that answers nothing else.
   * @defaultValue false
   */
  readonly oneByOne?: boolean;
  /**
   * Silence on the line after each request, for a device that needs time to breathe.
   * @defaultValue 0
   */
  readonly pauseMs?: number;
  /**
   * Longest wait for one answer: longer than the slowest answer of the unit, and on a serial line longer than the frames take.
   * @defaultValue 1000
   */
  readonly timeoutMs?: number;
}

export interface ModbusSourceOptions extends ReconnectOptions, ModbusUnitOptions {
  /** @defaultValue `modbus <host>:<port>` or `modbus <path>` */
  readonly name?: string;
  /** Host name or IP address; either this or `serial`. */
  readonly host?: string;
  /** @defaultValue 502 */
  readonly port?: number;
  /**
   * What is spoken to the host: `rtu-over-tcp` is for a converter that passes serial frames on as they are.
   * @defaultValue `"tcp"`
   */
  readonly protocol?: "tcp" | "udp" | "rtu-over-tcp";
  /** A serial port of this machine; either this or `host`. A port serves one subscriber at a time. */
  readonly serial?: SerialLine;
  /**
   * The unit of tags that name none, 0 to 255.
   * @defaultValue 1
   */
  readonly unitId?: number;
  readonly tags: readonly ModbusTag[];
  /**
   * What the device says of itself in words, such as its serial number: shown in the status, read once per connection and every hour.
   * @defaultValue none
   */
  readonly texts?: readonly ModbusText[];
  /**
   * Time between the beginnings of two polls of tags that name none. A poll that takes longer skips the next ones, it never queues.
   * @defaultValue 1000
   */
  readonly pollMs?: number;
  /** What single units want otherwise, by unit id. */
  readonly units?: Readonly<Record<number, ModbusUnitOptions>>;
  /**
   * Time until a tag that the device refuses (exceptions 1 to 3) is asked for again; other exceptions are asked for in the next poll.
   * @defaultValue 60000
   */
  readonly retryRefusedMs?: number;
  /**
   * A unit that failed three times in a row is left alone for half of this to this; doubled for each further time.
   * @defaultValue 5000
   */
  readonly quarantineFirstMs?: number;
  /**
   * The doubling ends here.
   * @defaultValue 300000
   */
  readonly quarantineMaxMs?: number;
  /**
   * Makes the client of one connection, for another Modbus library or a test.
   * @defaultValue modbus-serial
   */
  readonly client?: (target: ModbusTarget) => ModbusClient | Promise<ModbusClient>;
}

const UNIT_OPTIONS: readonly (keyof ModbusUnitOptions)[] = [
  "maxRegisters",
  "maxBits",
  "maxGap",
  "oneByOne",
  "pauseMs",
  "timeoutMs",
];

/** {@link ModbusUnitOptions} with nothing left open. */
export interface UnitSettings extends PlanLimits {
  readonly pauseMs: number;
  readonly timeoutMs: number;
}

/** @throws GatewayError `CONFIG_INVALID` for an option that nobody knows. */
export function requireModbusOptions(options: ModbusSourceOptions): void {
  requireKnown("modbusSource", options, [
    "name",
    "host",
    "port",
    "protocol",
    "serial",
    "unitId",
    "tags",
    "texts",
    "pollMs",
    "units",
    "retryRefusedMs",
    "quarantineFirstMs",
    "quarantineMaxMs",
    "client",
    ...UNIT_OPTIONS,
    ...RECONNECT_OPTIONS,
  ]);
}

/** How each unit is asked: as `units` says, else as the options of the source say. */
export interface LineSettings {
  readonly general: UnitSettings;
  /** Units with options of their own. */
  readonly special: readonly number[];
  of(unitId: number): UnitSettings;
}

/** @throws GatewayError `CONFIG_INVALID` for an option out of range or unknown. */
export function unitSettings(
  owner: string,
  { units = {}, ...options }: Pick<ModbusSourceOptions, "units" | keyof ModbusUnitOptions>,
): LineSettings {
  const general = settle(owner, options);
  const special = new Map<number, UnitSettings>();
  for (const [id, unit] of Object.entries(units)) {
    requireWhole(owner, "the key in units", Number(id), 0, 255);
    const subject = `${owner}: units[${id}]`;
    requireKnown(subject, unit, UNIT_OPTIONS);
    special.set(Number(id), settle(subject, { ...options, ...unit }));
  }
  return { general, special: [...special.keys()], of: (unitId) => special.get(unitId) ?? general };
}

function settle(owner: string, options: ModbusUnitOptions): UnitSettings {
  const { maxRegisters = 125, maxBits = 2000, maxGap = 10, oneByOne = false } = options;
  const { pauseMs = 0, timeoutMs = 1000 } = options;
  requireWhole(owner, "maxRegisters", maxRegisters, 1, 125);
  requireWhole(owner, "maxBits", maxBits, 1, 2000);
  requireWhole(owner, "maxGap", maxGap, 0, 2000);
  requireNotNegative(owner, { pauseMs });
  requirePositive(owner, { timeoutMs });
  return { maxRegisters, maxBits, maxGap, oneByOne, pauseMs, timeoutMs };
}

/** @throws GatewayError `CONFIG_INVALID` when it is not clear where the line is. */
export function lineOf({
  host,
  port = 502,
  protocol = "tcp",
  serial,
}: ModbusSourceOptions): ModbusLine {
  const owner = "modbusSource";
  if ((host === undefined) === (serial === undefined)) {
    const got = host === undefined ? "neither" : "both";
    throw invalid(owner, `expected either host or serial, got ${got}`);
  }
  if (serial !== undefined) return serialLineOf(owner, serial);
  if (typeof host !== "string" || host === "") {
    throw invalid(owner, `host must be a host name or an address, got ${JSON.stringify(host)}`);
  }
  if (!["tcp", "udp", "rtu-over-tcp"].includes(protocol)) {
    throw invalid(owner, `protocol must be tcp, udp or rtu-over-tcp, got ${protocol}`);
  }
  requireWhole(owner, "port", port, 1, 65_535);
  return { protocol, host, port };
}

function serialLineOf(owner: string, serial: SerialLine): ModbusLine {
  const subject = `${owner}: serial`;
  requireKnown(subject, serial, ["path", "baudRate", "parity", "dataBits", "stopBits"]);
  const { path, baudRate = 19_200, parity = "even", dataBits = 8 } = serial;
  const { stopBits = parity === "none" ? 2 : 1 } = serial;
  if (typeof path !== "string" || path === "") {
    throw invalid(subject, `path must name a serial port, got ${JSON.stringify(path)}`);
  }
  requireWhole(subject, "baudRate", baudRate, 50, 4_000_000);
  requireOneOf(subject, "parity", parity, ["none", "even", "odd"]);
  requireOneOf(subject, "dataBits", dataBits, [7, 8]);
  requireOneOf(subject, "stopBits", stopBits, [1, 2]);
  return { protocol: "rtu", path, baudRate, parity, dataBits, stopBits };
}

export function requireWhole(
  owner: string,
  option: string,
  value: number,
  low: number,
  high: number,
): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw invalid(owner, `${option} must be a whole number from ${low} to ${high}, got ${value}`);
}

function invalid(owner: string, message: string): GatewayError {
  return new GatewayError("CONFIG_INVALID", `${owner}: ${message}`);
}
