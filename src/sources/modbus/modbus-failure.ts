import { GatewayError } from "../../errors.ts";
import type { ModbusLine, ModbusRead, ModbusTarget } from "./modbus-client.ts";
import type { ModbusTable } from "./tags/modbus-table.ts";

const functions: Readonly<Record<ModbusTable, number>> = {
  coil: 1,
  discrete: 2,
  holding: 3,
  input: 4,
};

/** As it is called in messages: `3 (holding)`. */
export function functionOf(table: ModbusTable): string {
  return `${functions[table]} (${table})`;
}

interface Exception {
  readonly meaning: string;
  readonly hint: string;
  /** The same request may be answered later. */
  readonly passing: boolean;
}

const askDevice = "Look into the device: it reports a fault of its own.";
const exceptions: Readonly<Record<number, Exception>> = {
  1: {
    meaning: "illegal function",
    hint: "Use another table: this device does not serve that one.",
    passing: false,
  },
  2: {
    meaning: "illegal address",
    hint: "Check table and address: they count from 0 here, often from 1 in manuals.",
    passing: false,
  },
  3: {
    meaning: "illegal value",
    hint: "Check address and type of the tag against the manual of the device.",
    passing: false,
  },
  4: { meaning: "device failure", hint: askDevice, passing: true },
  5: { meaning: "acknowledge, data comes later", hint: "Use a longer pollMs.", passing: true },
  6: { meaning: "device busy", hint: "Use a longer pollMs.", passing: true },
  8: { meaning: "memory parity error", hint: askDevice, passing: true },
  10: {
    meaning: "gateway path unavailable",
    hint: "Check unitId and the routing of the Modbus gateway.",
    passing: true,
  },
  11: {
    meaning: "gateway target does not respond",
    hint: "Check unitId and the line behind the Modbus gateway.",
    passing: true,
  },
};

/** The exception code that the device answered with, if it did answer. */
export function exceptionCode(cause: unknown): number | undefined {
  return (cause as { modbusCode?: number } | undefined)?.modbusCode;
}

/** Whether repeating the request cannot help until somebody changes the configuration or the device. */
export function isRefusal(code: number): boolean {
  return code >= 1 && code <= 3;
}

/** Whether a gateway on the line says that it cannot reach the unit: it speaks for that unit only. */
export function isUnreachable(code: number): boolean {
  return code === 10 || code === 11;
}

/** What a call fails with that never settled. */
export const NO_ANSWER: Error = Object.assign(new Error("never settled"), { code: "ETIMEDOUT" });

export function isSilence(cause: unknown): boolean {
  return cause !== NO_ANSWER && (cause as NodeJS.ErrnoException).code === "ETIMEDOUT";
}

/** Says what was asked of whom and what came of it. */
export function requestFailure(
  line: ModbusLine,
  { unitId, table, address, count }: ModbusRead,
  cause: unknown,
  timeoutMs: number,
): GatewayError {
  const asked = `${lineName(line)}, unit ${unitId}, function ${functionOf(table)}, address ${address}, count ${count}`;
  const code = exceptionCode(cause);
  if (code !== undefined) {
    const { meaning, hint, passing } = exceptions[code] ?? {
      meaning: "unknown",
      hint: askDevice,
      passing: true,
    };
    const message = `${asked}: refused with exception ${code} (${meaning})`;
    return new GatewayError("SOURCE_REJECTED", message, { cause, hint, retryable: passing });
  }
  if (isSilence(cause)) {
    const message = `${asked}: no answer within ${Math.round(timeoutMs)} ms`;
    const hint = `Check that unit ${unitId} is on this line and answers within timeoutMs.`;
    return new GatewayError("SOURCE_UNREACHABLE", message, { cause, retryable: true, hint });
  }
  return new GatewayError("SOURCE_UNREACHABLE", `${asked}: ${textOf(cause)}`, {
    cause,
    retryable: true,
    hint: "Check the line and whether the device allows another connection.",
  });
}

/** The same, of a unit that is now left alone for a while. */
export function leftAlone(error: GatewayError, forMs: number): GatewayError {
  const { code, message, retryable, cause, hint } = error;
  return new GatewayError(code, `${message}; asked again in ${Math.round(forMs / 1000)} s`, {
    cause,
    retryable,
    ...(hint !== undefined && { hint }),
  });
}

export function connectFailure({ line, timeoutMs }: ModbusTarget, cause: unknown): GatewayError {
  const isLate = cause === NO_ANSWER || isSilence(cause);
  const text = isLate ? `no connection within ${timeoutMs} ms` : textOf(cause);
  const hint =
    line.protocol === "rtu"
      ? "Check the path, that the adapter is plugged in, and that no other program has the port open."
      : "Check host and port, and that the device is on and allows another connection.";
  return new GatewayError("SOURCE_UNREACHABLE", `${lineName(line)}: ${text}`, {
    cause,
    retryable: true,
    hint,
  });
}

/** The device answered, but what it holds is no value. */
export function noNumber(
  line: ModbusLine,
  { name, unitId }: { readonly name: string; readonly unitId: number },
  why: string,
): GatewayError {
  return new GatewayError(
    "SOURCE_REJECTED",
    `${lineName(line)}, unit ${unitId}: tag "${name}" has no value: ${why}`,
    {
      retryable: true,
      hint: "Check type and byteOrder of the tag, and the sensor behind it.",
    },
  );
}

/** As people call it; also the default name of a source. */
export function lineName(line: ModbusLine): string {
  if (line.protocol === "rtu") return `modbus ${line.path}`;
  const over = line.protocol === "tcp" ? "" : ` (${line.protocol})`;
  return `modbus ${line.host}:${line.port}${over}`;
}

function textOf(cause: unknown): string {
  return cause instanceof Error
    ? cause.message || String((cause as NodeJS.ErrnoException).code)
    : String(cause);
}
