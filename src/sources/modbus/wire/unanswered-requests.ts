import type { ModbusRead } from "../modbus-client.ts";
import { holdsBits } from "../tags/modbus-table.ts";
import { answers, type ExpectedAnswer, expectedAnswer } from "./rtu-frame.ts";

/** A unit that was away this long has forgotten what came before. */
const MAX_REMEMBERED = 16;

/** What somebody asked for before this process did: anything. */
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
}

export function unansweredRequests(): UnansweredRequests {
  const units = new Map<number, readonly Unanswered[]>();
  const of = (unitId: number): readonly Unanswered[] => units.get(unitId) ?? [unknown];
  return {
    sent(request) {
      const entries = [...of(request.unitId), expectedAnswer(request)];
      units.set(request.unitId, entries.slice(-MAX_REMEMBERED));
    },
    heard(frame) {
      const unitId = frame.readUInt8(0);
      const entries = of(unitId);
      const fitting = entries.findIndex((entry) => entry !== unknown && answers(frame, entry));
      if (fitting === -1) return;
      const settled = entries[0] === unknown ? 0 : fitting; // it may be the unknown one that looks like ours
      units.set(unitId, entries.slice(settled + 1));
    },
    owes: (unitId) => of(unitId).length > 0,
    mayConfuse(request) {
      const { functionCode, byteCount } = expectedAnswer(request);
      return of(request.unitId).some(
        (entry) =>
          entry === unknown ||
          (entry.functionCode === functionCode && entry.byteCount === byteCount),
      );
    },
  };
}

/** Another request to the same unit and table whose answer has another length, so that neither can be taken for the other's. */
export function requestOfOtherLength(request: ModbusRead): ModbusRead {
  const step = holdsBits(request.table) ? 8 : 1; // what makes an answer longer
  const count = request.count > step ? step : 2 * step;
  return { ...request, count, address: Math.min(request.address, 65_536 - count) };
}
