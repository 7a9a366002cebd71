import type { ModbusRead } from "./modbus-client.ts";
import { holdsBits } from "./modbus-table.ts";
import { answers, type ExpectedAnswer, expectedAnswer } from "./rtu-frame.ts";

/** A unit that was away this long has forgotten what came before. */
const MAX_REMEMBERED = 16;

/** What an earlier connection may have asked for: anything. */
const unknown = "unknown";

type Unanswered = ExpectedAnswer | typeof unknown;

/**
 * The requests whose answers may still arrive on a line without transaction numbers.
 *
 * It rests on one assumption: a unit answers in the order in which it was asked, if at all. So an answer settles its request and all
 * before it. An exception, which fits every request of its function, settles the first one only.
 */
export interface UnansweredRequests {
  sent(request: ModbusRead): void;
  heard(frame: Buffer): void;
  /** Whether the unit may still answer something. */
  owes(unitId: number): boolean;
  /** Whether an answer to something earlier could be taken for the answer to this request. */
  mayConfuse(request: ModbusRead): boolean;
  /** A request to the same unit and table that can be mistaken neither for this one nor for an earlier one: its answer has another length. */
  distinct(request: ModbusRead): ModbusRead;
}

export function unansweredRequests(): UnansweredRequests {
  const units = new Map<number, readonly Unanswered[]>();
  const of = (unitId: number): readonly Unanswered[] => units.get(unitId) ?? [unknown];
  const isOpen = (request: ModbusRead): boolean => {
    const expected = expectedAnswer(request);
    return of(request.unitId).some(
      (entry) =>
        entry !== unknown &&
        entry.functionCode === expected.functionCode &&
        entry.byteCount === expected.byteCount,
    );
  };
  return {
    sent(request) {
      const entries = [...of(request.unitId), expectedAnswer(request)];
      units.set(request.unitId, entries.slice(-MAX_REMEMBERED));
    },
    heard(frame) {
      const unitId = frame.readUInt8(0);
      const entries = of(unitId);
      const settled = entries.findIndex((entry) => entry === unknown || answers(frame, entry));
      units.set(unitId, entries.slice(settled + 1));
    },
    owes: (unitId) => of(unitId).length > 0,
    mayConfuse: (request) => of(request.unitId).includes(unknown) || isOpen(request),
    distinct(request) {
      const step = holdsBits(request.table) ? 8 : 1;
      const { byteCount } = expectedAnswer(request);
      for (let count = step; ; count += step) {
        const address = Math.min(request.address, 65536 - count);
        const other = { ...request, address, count };
        if (expectedAnswer(other).byteCount !== byteCount && !isOpen(other)) return other;
      }
    },
  };
}
