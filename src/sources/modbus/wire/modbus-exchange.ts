import { EventEmitter } from "node:events";
import type ModbusSerial from "modbus-serial";
import type { ModbusRead } from "../modbus-client.ts";
import { holdsBits } from "../tags/modbus-table.ts";
import type { ByteLine, LineListener } from "./byte-line.ts";
import type { Framing } from "./framing.ts";
import { answers, type ExpectedAnswer, expectedAnswer } from "./rtu-frame.ts";

type Library = typeof ModbusSerial.default;
type Master = InstanceType<Library>;

/** Sends one request and resolves with the first frame that fits it; rejects with an Error like `ModbusClient.read`. */
export type Exchange = (request: ModbusRead, timeoutMs: number) => Promise<ArrayLike<number>>;

export interface ModbusExchange {
  open(): Promise<void>;
  exchange: Exchange;
  close(): void;
}

export interface ModbusExchangeOptions {
  readonly library: Library;
  readonly framing: Framing;
  line(listener: LineListener): ByteLine | Promise<ByteLine>;
  /** Told of every frame, also of those that nobody waits for, before it is used. */
  onFrame(frame: Buffer): void;
}

/**
 * Lets modbus-serial speak over a line of ours.
 *
 * The library's own ports take frames for answers that are none: another unit's exception, what is left over from a damaged
 * frame, half a datagram. Here it sees only what fits the request that it has just sent, so that everything else is
 * silence to it. It throws things that are no Errors, and does not tell a pending read that the line is gone; that ends here, too.
 */
export async function modbusExchange(options: ModbusExchangeOptions): Promise<ModbusExchange> {
  const { library, framing, onFrame } = options;
  let over: Error | undefined;
  let expected: ExpectedAnswer | undefined;
  let giveUp: ((cause: Error) => void) | undefined; // what is under way: opening, or a read

  const finish = (cause: Error): void => {
    if (over) return;
    over = cause;
    giveUp?.(cause);
    master.destroy(() => {}); // its timers
    line.close();
  };
  const take = (frame: Buffer): void => {
    onFrame(frame);
    if (!expected || !answers(frame, expected)) return;
    expected = undefined;
    port.emit("data", frame);
  };
  const heard = (bytes: Buffer): void => {
    try {
      for (const frame of framing.unwrap(bytes)) take(frame);
    } catch (cause) {
      finish(asError(cause));
    }
  };
  const line = await options.line({ heard, lost: finish });
  const port = Object.assign(new EventEmitter(), {
    isOpen: true,
    open: (done: () => void) => done(),
    write: (request: Buffer) => line.send(framing.wrap(request)),
  });
  const master = new library(port);
  master.open(() => {});

  /** Settles with the work, or rejects when the line is lost. */
  const orLost = <T>(work: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (over) throw over;
      if (giveUp) throw new Error("one read at a time, the one before is not over");
      const settle = (cause: Error): void => {
        giveUp = undefined;
        expected = undefined;
        reject(cause);
      };
      giveUp = settle;
      work().then(
        (result) => {
          giveUp = undefined;
          resolve(result);
        },
        (cause: unknown) => settle(asError(cause)),
      );
    });

  return {
    open: () => orLost(() => line.open()),
    exchange: (request, timeoutMs) =>
      orLost(() => {
        expected = expectedAnswer(request);
        master.setTimeout(timeoutMs);
        return ask(master, request);
      }),
    close: () => finish(new Error("closed")),
  };
}

async function ask(master: Master, request: ModbusRead): Promise<readonly number[]> {
  const { unitId, table, address, count } = request;
  master.setID(unitId);
  if (holdsBits(table)) {
    const bits =
      table === "coil"
        ? await master.readCoils(address, count)
        : await master.readDiscreteInputs(address, count);
    return bits.data.slice(0, count).map(Number); // they come in whole bytes
  }
  const words =
    table === "holding"
      ? await master.readHoldingRegisters(address, count)
      : await master.readInputRegisters(address, count);
  return words.data;
}

/** modbus-serial rejects with plain objects that carry `errno` where an Error has `code`. */
function asError(cause: unknown): Error {
  if (cause instanceof Error) return cause;
  const { message, errno } = cause as { message?: string; errno?: string };
  return Object.assign(new Error(message ?? String(cause), { cause }), { code: errno });
}
