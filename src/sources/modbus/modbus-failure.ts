import { TimeoutError } from "rxjs";
import { GatewayError } from "../../errors.ts";
import type { ModbusTarget } from "./modbus-client.ts";
import type { ModbusTable } from "./modbus-tag.ts";
import type { ModbusRequest } from "./plan-requests.ts";

const functions: Readonly<Record<ModbusTable, number>> = {
  coil: 1,
  discrete: 2,
  holding: 3,
  input: 4,
};

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

export function isSilence(cause: unknown): boolean {
  return cause instanceof TimeoutError || (cause as NodeJS.ErrnoException).code === "ETIMEDOUT";
}

/** Says what was asked of whom and what came of it. */
export function requestFailure(
  target: ModbusTarget,
  request: ModbusRequest,
  cause: unknown,
): GatewayError {
  const { table, address, count } = request;
  const asked = `${where(target)}, unit ${target.unitId}, function ${functions[table]} (${table}), address ${address}, count ${count}`;
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
    return new GatewayError(
      "SOURCE_UNREACHABLE",
      `${asked}: no answer within ${target.timeoutMs} ms`,
      {
        cause,
        retryable: true,
        hint: `Check that unit ${target.unitId} exists behind this address and answers within timeoutMs.`,
      },
    );
  }
  return new GatewayError("SOURCE_UNREACHABLE", `${asked}: ${textOf(cause)}`, {
    cause,
    retryable: true,
    hint: "Check the line and whether the device allows another connection.",
  });
}

export function connectFailure(target: ModbusTarget, cause: unknown): GatewayError {
  const text = isSilence(cause) ? `no connection within ${target.timeoutMs} ms` : textOf(cause);
  return new GatewayError("SOURCE_UNREACHABLE", `${where(target)}: ${text}`, {
    cause,
    retryable: true,
    hint: "Check host and port, and that the device is on and allows another connection.",
  });
}

/** The device answered, but with NaN or infinity. */
export function notANumber(target: ModbusTarget, tag: string): GatewayError {
  return new GatewayError(
    "SOURCE_REJECTED",
    `${where(target)}: tag "${tag}" holds no finite number`,
    {
      retryable: true,
      hint: "Check type and byteOrder of the tag, and the sensor behind it.",
    },
  );
}

function where({ host, port }: ModbusTarget): string {
  return `modbus ${host}:${port}`;
}

function textOf(cause: unknown): string {
  return cause instanceof Error
    ? cause.message || String((cause as NodeJS.ErrnoException).code)
    : String(cause);
}
