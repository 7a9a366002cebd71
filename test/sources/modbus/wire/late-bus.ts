import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { ModbusLine } from "../../../../src/sources/modbus/modbus-client.ts";
import { withChecksum } from "../../../../src/sources/modbus/wire/rtu-frame.ts";

export interface BusRequest {
  /** From 1. */
  readonly nth: number;
  readonly unitId: number;
  readonly address: number;
  readonly count: number;
}

/** Units on one serial line behind a converter. Every register holds its address. */
export interface LateBus {
  readonly line: ModbusLine;
  /** Requests so far. */
  asked(): number;
  answered(): number;
  /** Requests that came before everything earlier was answered. */
  overlaps(): number;
}

/**
 * Answers in order, like units on one line, and to whoever is connected by then, like a converter.
 *
 * @param delayMs how long after the one before it is answered; undefined for no answer at all
 */
export async function lateBus(
  delayMs: (request: BusRequest) => number | undefined,
): Promise<LateBus> {
  let asked = 0;
  let answered = 0;
  let silent = 0;
  let overlaps = 0;
  let latest: Socket | undefined;
  let free = Promise.resolve();
  const take = (request: Buffer): void => {
    if (asked > answered + silent) overlaps += 1;
    asked += 1;
    const waitMs = delayMs({
      nth: asked,
      unitId: request.readUInt8(0),
      address: request.readUInt16BE(2),
      count: request.readUInt16BE(4),
    });
    if (waitMs === undefined) {
      silent += 1;
      return;
    }
    free = free.then(async () => {
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      answered += 1;
      latest?.write(rtuAnswer(request));
    });
  };
  const server = createServer((socket) => {
    latest = socket;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      for (let start = 0; start < bytes.length; start += 8) take(bytes.subarray(start, start + 8));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    latest?.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    line: { protocol: "rtu-over-tcp", host: "127.0.0.1", port },
    asked: () => asked,
    answered: () => answered,
    overlaps: () => overlaps,
  };
}

/** A correct answer to a request for registers, each of which holds its address. */
export function rtuAnswer(request: Buffer): Buffer {
  const address = request.readUInt16BE(2);
  const count = request.readUInt16BE(4);
  const content = Buffer.alloc(3 + 2 * count);
  request.copy(content, 0, 0, 2);
  content.writeUInt8(2 * count, 2);
  for (let i = 0; i < count; i += 1) content.writeUInt16BE(address + i, 3 + 2 * i);
  return withChecksum(content);
}
