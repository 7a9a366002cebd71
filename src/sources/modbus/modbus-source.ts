import { GatewayError } from "../../errors.ts";
import { requireKnown, requirePositive } from "../../math/range-checks.ts";
import { RECONNECT_OPTIONS, type ReconnectOptions } from "../reconnect-options.ts";
import { reconnectingSource } from "../reconnecting-source.ts";
import type { Source } from "../source.ts";
import type { ModbusClient, ModbusTarget } from "./modbus-client.ts";
import { modbusSerialClient } from "./modbus-serial-client.ts";
import { type ModbusTag, requireModbusTags } from "./modbus-tag.ts";
import { pollDevice } from "./poll-device.ts";

export interface ModbusSourceOptions extends ReconnectOptions {
  /** @defaultValue `modbus <host>:<port>` */
  readonly name?: string;
  /** Host name or IP address. */
  readonly host: string;
  /** @defaultValue 502 */
  readonly port?: number;
  /**
   * The device behind the address, 0 to 255; matters on a gateway to serial lines.
   * @defaultValue 1
   */
  readonly unitId?: number;
  readonly tags: readonly ModbusTag[];
  /**
   * Time between the beginnings of two polls. A poll that takes longer skips the next ones, it never queues.
   * @defaultValue 1000
   */
  readonly pollMs?: number;
  /**
   * Longest wait for a connection, and for one answer. Three requests in a row without an answer are a lost device.
   * @defaultValue 1000
   */
  readonly timeoutMs?: number;
  /**
   * Time until a tag that the device refuses (exceptions 1 to 3) is asked for again; other exceptions are asked for in the next poll.
   * @defaultValue 60000
   */
  readonly retryRefusedMs?: number;
  /**
   * Makes the client of one connection, for another Modbus library or a test.
   * @defaultValue modbus-serial
   */
  readonly client?: (target: ModbusTarget) => ModbusClient | Promise<ModbusClient>;
}

/**
 * Polls one device over Modbus TCP.
 *
 * Neighbouring tags share a request. A reading is stamped when its answer came. A tag that the device refuses is bad with the
 * exception as `statusCode` and disturbs no other; NaN in a float register is bad; a request without an answer makes its tags bad.
 *
 * Delivery: nothing is repeated and nothing is reordered; Modbus keeps nothing, so what happened between two polls or while
 * the device was away is lost.
 *
 * @throws GatewayError `CONFIG_INVALID` for an option out of range.
 */
export function modbusSource(options: ModbusSourceOptions): Source {
  requireKnown("modbusSource", options, [
    "name",
    "host",
    "port",
    "unitId",
    "tags",
    "pollMs",
    "timeoutMs",
    "retryRefusedMs",
    "client",
    ...RECONNECT_OPTIONS,
  ]);
  const { host, port = 502, unitId = 1, tags, client = modbusSerialClient } = options;
  const { pollMs = 1000, timeoutMs = 1000, retryRefusedMs = 60_000 } = options;
  const { name = `modbus ${host}:${port}` } = options;
  if (typeof host !== "string" || host === "") {
    throw new GatewayError(
      "CONFIG_INVALID",
      `modbusSource: host must be a host name or an address, got ${JSON.stringify(host)}`,
    );
  }
  requireWhole(name, "port", port, 1, 65535);
  requireWhole(name, "unitId", unitId, 0, 255);
  requirePositive(name, { pollMs, timeoutMs, retryRefusedMs });
  requireModbusTags(name, tags);
  const target = { host, port, unitId, timeoutMs };
  return reconnectingSource({
    ...options,
    name,
    tags: tags.map((tag) => ({ reporting: "sampled", ...tag })),
    periodMs: pollMs,
    connect: (clock) => pollDevice({ target, tags, pollMs, retryRefusedMs, client }, clock),
  });
}

function requireWhole(
  owner: string,
  option: string,
  value: number,
  low: number,
  high: number,
): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `${owner}: ${option} must be a whole number from ${low} to ${high}, got ${value}`,
  );
}
