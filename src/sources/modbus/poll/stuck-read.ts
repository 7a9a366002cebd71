import type { GatewayError } from "../../../errors.ts";
import type { ModbusClient, ModbusLine, ModbusRead } from "../modbus-client.ts";
import { NO_ANSWER, requestFailure } from "../modbus-failure.ts";

/** Reads, and finds a read that never settles. One timer serves all reads of a connection. */
export interface StuckRead {
  read: ModbusClient["read"];
  end(): void;
}

/** A client settles within so many times its time-out, see {@link ModbusClient.read}. */
const LONGEST_READ = 3;
const LOOK_MS = 1000;

/** @param giveUp called again and again until the connection ends */
export function stuckRead(
  client: ModbusClient,
  line: ModbusLine,
  giveUp: (error: GatewayError) => void,
): StuckRead {
  let pending: ModbusRead | undefined;
  let timeoutMs = 0;
  let untilMs = 0;
  const timer = setInterval(() => {
    if (!pending || performance.now() <= untilMs) return;
    giveUp(requestFailure(line, pending, NO_ANSWER, timeoutMs));
  }, LOOK_MS);
  return {
    async read(request, itsTimeoutMs) {
      pending = request;
      timeoutMs = itsTimeoutMs;
      untilMs = performance.now() + LONGEST_READ * timeoutMs + LOOK_MS;
      try {
        return await client.read(request, timeoutMs);
      } finally {
        pending = undefined;
      }
    },
    end: () => clearInterval(timer),
  };
}
