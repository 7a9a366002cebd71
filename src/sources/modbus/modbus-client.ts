import type { ModbusTable } from "./tags/modbus-table.ts";

/** One read, as it goes over the wire. */
export interface ModbusRead {
  /** The device on the line, 0 to 255. */
  readonly unitId: number;
  readonly table: ModbusTable;
  /** Counts from 0. */
  readonly address: number;
  /** Registers or bits. */
  readonly count: number;
}

/**
 * The part of a Modbus master that the source needs: one connection to one line, with any number of units on it.
 *
 * The source calls `connect` once, then `read`, one at a time, and `close` in the end, also in the middle of the others. It keeps
 * its own time as well: a call that never settles is given up and `close` follows. A read rejects with an Error: when the
 * unit answered with an exception, the error has its number as `modbusCode`, and when nothing came, the error has the
 * `code` `ETIMEDOUT`. Every other error is taken for a broken connection.
 */
export interface ModbusClient {
  connect(): Promise<void>;
  /**
   * Exactly `count` words of 0 to 65535, or bits of 0 or 1. An answer that belongs to an earlier request is never given for
   * this one: where the protocol cannot tell them apart, the client first waits until the line is quiet.
   * Settles within three times `timeoutMs`: rest of the line, check of the unit, read, each as long as that at most.
   */
  read(request: ModbusRead, timeoutMs: number): Promise<ArrayLike<number>>;
  /** Drops the connection at once. Called once, never fails. */
  close(): void;
}

/** How to reach the line. */
export type ModbusLine =
  | {
      /** `rtu-over-tcp` is a serial line behind a converter that passes the frames on as they are. */
      readonly protocol: "tcp" | "udp" | "rtu-over-tcp";
      readonly host: string;
      readonly port: number;
    }
  | ({ readonly protocol: "rtu" } & Required<SerialLine>);

/** A serial port and how it is set. */
export interface SerialLine {
  /** `/dev/serial/by-id/…` stays the same when adapters are plugged in another order; `/dev/ttyUSB0` and `COM3` work, too. */
  readonly path: string;
  /** @defaultValue 19200, as the specification recommends */
  readonly baudRate?: number;
  /** @defaultValue `"even"`, as the specification demands */
  readonly parity?: "none" | "even" | "odd";
  /** @defaultValue 8 */
  readonly dataBits?: 7 | 8;
  /** @defaultValue 1, and 2 without parity */
  readonly stopBits?: 1 | 2;
}

/** What a client is made for. */
export interface ModbusTarget {
  readonly line: ModbusLine;
  /** Longest wait for the connection. */
  readonly timeoutMs: number;
}
