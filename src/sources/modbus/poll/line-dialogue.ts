import type { SourceUpdate } from "../../source-update.ts";
import type { ModbusClient, ModbusLine } from "../modbus-client.ts";
import {
  exceptionCode,
  isRefusal,
  isSilence,
  isUnreachable,
  leftAlone,
  requestFailure,
} from "../modbus-failure.ts";
import { type DeadLine, deadLine } from "./dead-line.ts";
import { badReadings, type LineItem, readAnswer } from "./line-item.ts";
import type { LineSchedule } from "./line-schedule.ts";
import type { Turn } from "./line-turns.ts";
import { isQuarantined, type LineUnit } from "./line-unit.ts";

/** A turn in which something is asked. */
export type Asking = Exclude<Turn<LineItem>, { waitMs: number }>;

export interface LineDialogueOptions {
  readonly line: ModbusLine;
  readonly schedule: LineSchedule<LineItem>;
  readonly retryRefusedMs: number;
  readonly read: ModbusClient["read"];
  /** Stamps answers, in epoch milliseconds. */
  readonly clock: () => number;
  readonly tell: (update: SourceUpdate) => void;
}

/**
 * Takes the turns of one connection: asks, tells what came of it, and lets the schedule learn. A turn rejects when the connection
 * is of no more use.
 */
export function lineDialogue(options: LineDialogueOptions): (turn: Asking) => Promise<void> {
  const { line, schedule, retryRefusedMs, read, clock, tell } = options;
  const watch = deadLine(schedule.units);
  let isAnswered = false;

  const blameUnit = (unit: LineUnit, items: readonly LineItem[], code?: number): void => {
    const { id, reason: error } = unit;
    if (!error) return;
    tell({ readings: badReadings(items, clock(), code), trouble: { part: `unit ${id}`, error } });
  };

  const answered = (unit: LineUnit): void => {
    watch.answered(unit);
    if (isAnswered) return;
    isAnswered = true; // so the connection works, and what is still missing is the fault of those that stay in quarantine
    for (const other of schedule.units) {
      if (other !== unit && isQuarantined(other)) blameUnit(other, schedule.itemsOf(other));
    }
  };

  const fail = ({ poll, timeoutMs }: Asking, cause: unknown): void => {
    const { unit, request } = poll;
    const nowMs = performance.now();
    const items = schedule.failed(poll, nowMs);
    const error = requestFailure(line, request, cause, timeoutMs);
    unit.reason = isQuarantined(unit) ? leftAlone(error, unit.restsUntilMs - nowMs) : error;
    blameUnit(unit, items, exceptionCode(cause));
  };

  const refuse = ({ poll, timeoutMs }: Asking, cause: unknown, code: number): void => {
    const { unit, request } = poll;
    const nowMs = performance.now();
    schedule.refused(poll, nowMs);
    if (maySplit(code) && schedule.split(poll, nowMs, retryRefusedMs)) return;
    if (isRefusal(code)) schedule.rest(poll, nowMs, retryRefusedMs);
    const { items } = request;
    const part = items.length === 1 ? `tag ${items[0]?.name}` : `unit ${unit.id}`;
    const error = requestFailure(line, request, cause, timeoutMs);
    tell({ readings: badReadings(items, clock(), code), trouble: { part, error } });
  };

  const stayWithout = (turn: Asking, cause: unknown): void => {
    const { poll, timeoutMs } = turn;
    const code = exceptionCode(cause);
    if (code !== undefined) {
      answered(poll.unit);
      if (isUnreachable(code)) fail(turn, cause);
      else refuse(turn, cause, code);
      return;
    }
    if (isSilence(cause)) {
      watch.silent(poll);
      fail(turn, cause);
      if (!watch.isDead()) return;
      watch.acquit();
    } else {
      // Some devices hang up over a request that they do not like, and some gateways over a unit that they do not know.
      schedule.brokeOff(poll, performance.now(), watch.isGoodForOthers(poll.unit));
      poll.unit.reason = requestFailure(line, poll.request, cause, timeoutMs);
    }
    throw requestFailure(line, poll.request, cause, timeoutMs);
  };

  return async (turn) => {
    const { poll, skipped } = turn;
    for (let left = skipped; left > 0; left -= 1) tell({ count: "skippedPolls" });
    let words: ArrayLike<number>;
    try {
      words = await readTwice(turn, read, watch);
    } catch (cause) {
      return stayWithout(turn, cause);
    }
    answered(poll.unit);
    schedule.served(poll, performance.now());
    for (const update of readAnswer(line, poll.request, words, clock())) tell(update);
  };
}

async function readTwice(
  { poll, timeoutMs }: Asking,
  read: ModbusClient["read"],
  watch: DeadLine,
): Promise<ArrayLike<number>> {
  try {
    return await read(poll.request, timeoutMs);
  } catch (cause) {
    if (!isSilence(cause) || !watch.isCollateral(poll.unit)) throw cause;
    return read(poll.request, timeoutMs);
  }
}

/** One address that does not exist makes the device refuse the whole request, and so does one register too many. */
function maySplit(code: number): boolean {
  return code === 2 || code === 3;
}
