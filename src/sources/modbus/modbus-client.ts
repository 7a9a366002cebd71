/**
 * The part of a Modbus master that the source needs; one connection to one unit.
 *
 * The source calls `connect` once, then reads, one at a time, and `close` in the end, also in the middle of the
 * others. It keeps its own time: a call that never settles is given up after `timeoutMs` and `close` follows. A read rejects
 * with an Error; when the device answered with an exception, the error has its number as `modbusCode`, and when
 * the device kept silent, the error has the `code` `ETIMEDOUT`. Every other error is taken for a broken connection.
 */
export interface ModbusClient {
  connect(): Promise<void>;
  /** Exactly `count` words, 0 to 65535. */
  readRegisters(
    table: "holding" | "input",
    address: number,
    count: number,
  ): Promise<readonly number[]>;
  /** Exactly `count` bits. */
  readBits(table: "coil" | "discrete", address: number, count: number): Promise<readonly boolean[]>;
  /** Drops the connection at once. Called once, never fails. */
  close(): void;
}

/** What a client is made for. */
export interface ModbusTarget {
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  readonly timeoutMs: number;
}
