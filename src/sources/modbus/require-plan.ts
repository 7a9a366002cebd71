import { GatewayError } from "../../errors.ts";
import type { ModbusLine, ModbusRead } from "./modbus-client.ts";
import type { LineSettings } from "./modbus-options.ts";
import type { ModbusRequest, PlanItem } from "./poll/plan-requests.ts";
import { holdsBits } from "./tags/modbus-table.ts";

/**
 * Finds what each option allows by itself and all of them together do not.
 *
 * @throws GatewayError `CONFIG_INVALID` for a value that is longer than its unit's requests may be, a request that takes longer on the wire than its
 * `timeoutMs`, a unit of a serial line that cannot answer, and a unit among `units` of which nothing is read.
 */
export function requirePlan(
  owner: string,
  line: ModbusLine,
  requests: readonly ModbusRequest<PlanItem>[],
  settings: LineSettings,
): void {
  for (const request of requests) {
    const flaw =
      lengthFlaw(request, settings) ??
      broadcastFlaw(line, request) ??
      timeFlaw(line, request, settings.of(request.unitId).timeoutMs);
    if (flaw) throw new GatewayError("CONFIG_INVALID", `${owner}: ${flaw}`);
  }
  const strange = settings.special.find((id) => !requests.some(({ unitId }) => unitId === id));
  if (strange === undefined) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `${owner}: units[${strange}]: there is no tag and no text of unit ${strange}`,
  );
}

function lengthFlaw(
  { unitId, table, items }: ModbusRequest<PlanItem>,
  { of }: LineSettings,
): string | undefined {
  const { maxRegisters } = of(unitId);
  const long = items.find(({ count }) => count > maxRegisters);
  if (holdsBits(table) || !long) return undefined;
  return `maxRegisters of unit ${unitId} must be at least ${long.count}, which "${long.name}" takes, got ${maxRegisters}`;
}

function broadcastFlaw({ protocol }: ModbusLine, { unitId, items }: ModbusRequest<PlanItem>) {
  const isSerial = protocol === "rtu" || protocol === "rtu-over-tcp";
  if (!isSerial || unitId !== 0) return undefined;
  return `unitId of "${items[0]?.name}" must be 1 to 255 on a serial line, where nobody answers to 0`;
}

function timeFlaw(line: ModbusLine, request: ModbusRead, timeoutMs: number): string | undefined {
  if (line.protocol !== "rtu") return undefined;
  const { unitId, table, count } = request;
  const takesMs = Math.ceil(frameBytes(request) * byteMs(line));
  if (timeoutMs > takesMs) return undefined;
  const what = holdsBits(table) ? "bits" : "registers";
  return `timeoutMs of unit ${unitId} must be above ${takesMs}, which a request for ${count} ${what} takes at ${line.baudRate} baud, got ${timeoutMs}`;
}

const REQUEST_BYTES = 8;
/** Unit, function, length and checksum. */
const ANSWER_BYTES = 5;

/** Of the request and its answer on a serial line. */
function frameBytes({ table, count }: ModbusRead): number {
  return REQUEST_BYTES + ANSWER_BYTES + (holdsBits(table) ? Math.ceil(count / 8) : 2 * count);
}

function byteMs({ baudRate, dataBits, parity, stopBits }: ModbusLine & { protocol: "rtu" }) {
  const bits = 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
  return (1000 * bits) / baudRate;
}
