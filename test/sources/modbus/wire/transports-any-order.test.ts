import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ModbusRead } from "../../../../src/sources/modbus/modbus-client.ts";
import type { Exchange } from "../../../../src/sources/modbus/wire/modbus-exchange.ts";
import { type QuietLine, quietLine } from "../../../../src/sources/modbus/wire/quiet-line.ts";
import {
  answers,
  expectedAnswer,
  withChecksum,
} from "../../../../src/sources/modbus/wire/rtu-frame.ts";
import { unansweredRequests } from "../../../../src/sources/modbus/wire/unanswered-requests.ts";
import { rtuAnswer } from "./late-bus.ts";

const timeoutMs = 100;

/** What a unit does with a request. */
interface Deed {
  readonly delayMs: number;
  readonly does: "answer" | "refuse" | "nothing";
}

const prompt: Deed = { delayMs: 1, does: "answer" };
const deeds = fc.array(
  fc.record({
    delayMs: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 6 * timeoutMs })),
    does: fc.constantFrom<Deed["does"][]>("answer", "answer", "answer", "refuse", "nothing"),
  }),
  { minLength: 1, maxLength: 40 },
);
const read = fc.record({
  unitId: fc.integer({ min: 1, max: 2 }),
  table: fc.constantFrom<ModbusRead["table"][]>("holding", "input"),
  address: fc.integer({ min: 0, max: 65_533 }),
  count: fc.integer({ min: 1, max: 3 }),
});
const reads = fc.array(read, { minLength: 1, maxLength: 25 });

/** What another process asked for just before. */
const leftOver = fc.option(read);

/** Units that do what the deeds say, one after the other, each in the order in which it was asked. */
function simulatedLine(script: readonly Deed[]) {
  let next = 0;
  let healed = false;
  const busyUntilMs = new Map<number, number>();
  let waiting: { take(frame: Buffer): void } | undefined;
  let line: QuietLine;
  const unanswered = unansweredRequests();
  const exchange: Exchange = (request, limitMs) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting = undefined;
        reject(Object.assign(new Error("Timed out"), { code: "ETIMEDOUT" }));
      }, limitMs);
      waiting = {
        take(frame) {
          if (!answers(frame, expectedAnswer(request))) return;
          clearTimeout(timer);
          waiting = undefined;
          if (frame.readUInt8(1) >= 0x80) reject(Object.assign(new Error(), { modbusCode: 2 }));
          else resolve(wordsOf(frame));
        },
      };
      perform(request);
    });
  const perform = (request: ModbusRead): void => {
    const { delayMs, does } = healed ? prompt : (script[next++ % script.length] as Deed);
    if (does === "nothing") return;
    const startMs = Math.max(performance.now(), busyUntilMs.get(request.unitId) ?? 0);
    busyUntilMs.set(request.unitId, startMs + delayMs);
    const frame = frameFor(request, does);
    setTimeout(
      () => {
        line.heard(frame);
        waiting?.take(frame);
      },
      startMs + delayMs - performance.now(),
    );
  };
  const connect = (): QuietLine => {
    line = quietLine(exchange, 0, unanswered);
    return line;
  };
  const heal = (): void => {
    healed = true;
  };
  return { connect, perform, heal };
}

function frameFor({ unitId, table, address, count }: ModbusRead, does: Deed["does"]): Buffer {
  const functionCode = table === "holding" ? 3 : 4;
  if (does === "refuse") return withChecksum(Buffer.from([unitId, functionCode | 0x80, 2]));
  const request = Buffer.from([unitId, functionCode, 0, 0, 0, count]);
  request.writeUInt16BE(address, 2);
  return rtuAnswer(request);
}

/** Every register holds its address. */
function wordsFrom({ address, count }: ModbusRead): number[] {
  return Array.from({ length: count }, (_, i) => address + i);
}

function wordsOf(frame: Buffer): number[] {
  return Array.from({ length: frame.readUInt8(2) / 2 }, (_, i) => frame.readUInt16BE(3 + 2 * i));
}

async function readOne(line: QuietLine, request: ModbusRead): Promise<void> {
  const startedMs = performance.now();
  const words = await line.read(request, timeoutMs).catch(() => undefined);
  expect(performance.now() - startedMs).toBeLessThanOrEqual(3 * timeoutMs + 1);
  if (words) expect(words).toEqual(wordsFrom(request));
}

describe("a line without transaction numbers", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("gives each read its own answer or none, whatever is late, lost or refused, in time, and gives all again once nothing is", async () => {
    await fc.assert(
      fc.asyncProperty(deeds, reads, leftOver, async (script, requests, before) => {
        const { connect, perform, heal } = simulatedLine(script);
        let line = connect();
        if (before) perform(before);
        const readAll = async () => {
          for (const [index, request] of requests.entries()) {
            if (index % 5 === 4) line = connect();
            await readOne(line, request);
          }
        };
        const reading = readAll();
        reading.catch(() => {}); // told below
        await vi.advanceTimersByTimeAsync(requests.length * (3 * timeoutMs + 2));
        await reading;

        heal();
        await vi.advanceTimersByTimeAsync(100 * 6 * timeoutMs); // for all that is late
        for (const request of requests) {
          const again = line.read(request, timeoutMs);
          await vi.advanceTimersByTimeAsync(3 * timeoutMs);
          expect(await again).toEqual(wordsFrom(request));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
