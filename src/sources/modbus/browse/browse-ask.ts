import type { GatewayError } from "../../../errors.ts";
import type { ModbusClient, ModbusLine, ModbusRead } from "../modbus-client.ts";
import { exceptionCode, isSilence, requestFailure } from "../modbus-failure.ts";
import type { ModbusTable } from "../tags/modbus-table.ts";

/** What came of one request. */
export type Answer =
  | { readonly words: ArrayLike<number> }
  | { readonly refusal: number; readonly error: GatewayError }
  | { readonly silence: GatewayError };

/** Asks one unit. Rejects when the connection breaks. */
export type Ask = (table: ModbusTable, address: number, count: number) => Promise<Answer>;

export interface AskOptions {
  readonly client: ModbusClient;
  readonly line: ModbusLine;
  readonly unitId: number;
  readonly timeoutMs: number;
  readonly onRequest: (request: ModbusRead) => void;
}

export function unitAsker({ client, line, unitId, timeoutMs, onRequest }: AskOptions): Ask {
  return async (table, address, count) => {
    const request = { unitId, table, address, count };
    onRequest(request);
    try {
      return { words: await client.read(request, timeoutMs) };
    } catch (cause) {
      const error = requestFailure(line, request, cause, timeoutMs);
      const refusal = exceptionCode(cause);
      if (refusal !== undefined) return { refusal, error };
      if (isSilence(cause)) return { silence: error };
      throw error;
    }
  };
}
