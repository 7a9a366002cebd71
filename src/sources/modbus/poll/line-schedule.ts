import { newestTurnMs, nextTurn, type Turn } from "./line-turns.ts";
import {
  areTooMany,
  isQuarantined,
  type LineUnit,
  newUnit,
  noteAnswer,
  type QuarantineOptions,
  quarantineMs,
} from "./line-unit.ts";
import type { ModbusRequest, PlanItem } from "./plan-requests.ts";
import { type Poll, pollList } from "./poll-list.ts";

/**
 * Says which request of a line is next, one at a time, for any number of units, and learns from what comes of it.
 *
 * A unit that has just failed comes after the others. After three failures in a row it is left alone, for a time that doubles, and
 * then probed while the line is idle, so that the others keep their pace. So is a single request that never gets an answer.
 */
export interface LineSchedule<Item extends PlanItem> {
  readonly units: readonly LineUnit[];
  /** Everything that is asked of a unit. */
  itemsOf(unit: LineUnit): readonly Item[];
  /** A new connection: the grid begins, and what was refused is tried once. What is in quarantine stays there, unless all units are. */
  restart(nowMs: number): void;
  next(nowMs: number): Turn<Item>;
  /** The unit gave what was asked for. */
  served(poll: Poll<Item>, nowMs: number): void;
  /** The unit said that it does not give what was asked for. */
  refused(poll: Poll<Item>, nowMs: number): void;
  /** The same request is not to be made for so long. */
  rest(poll: Poll<Item>, nowMs: number, restMs: number): void;
  /** One of the items is refused: see {@link PollList.split}. */
  split(poll: Poll<Item>, nowMs: number, retryMs: number): boolean;
  /**
   * The unit did not answer, or what lies before it on the line says that it cannot be reached.
   *
   * @returns what has no value now: what was due of this unit, or all of it once it is in quarantine
   */
  failed(poll: Poll<Item>, nowMs: number): readonly Item[];
  /**
   * The connection broke instead of an answer.
   *
   * @param isUnits whether it is the unit's fault, not the request's
   */
  brokeOff(poll: Poll<Item>, nowMs: number, isUnits: boolean): void;
}

export interface LineScheduleOptions extends QuarantineOptions {
  readonly timeoutMs: (unitId: number) => number;
}

export function lineSchedule<Item extends PlanItem>(
  requests: readonly ModbusRequest<Item>[],
  options: LineScheduleOptions,
): LineSchedule<Item> {
  const unitsById = new Map<number, LineUnit>();
  for (const { unitId } of requests) unitsById.set(unitId, newUnit(unitId));
  const units = [...unitsById.values()];
  const list = pollList(
    requests.map((request): Poll<Item> => {
      const unit = unitsById.get(request.unitId) as LineUnit;
      return { request, unit, dueMs: 0, askedMs: Number.NEGATIVE_INFINITY, failures: 0 };
    }),
  );
  const { polls } = list;
  const itemsOf = (unit: LineUnit): readonly Item[] =>
    polls.filter((poll) => poll.unit === unit).flatMap(({ request }) => request.items);

  const answered = (poll: Poll<Item>, nowMs: number): void => {
    const { unit } = poll;
    if (isQuarantined(unit)) {
      for (const its of polls) if (its.unit === unit) its.dueMs = newestTurnMs(its, nowMs);
      for (const other of units) other.restsUntilMs = nowMs; // what kept this one away may have kept them away, too
    }
    noteAnswer(unit, nowMs - poll.askedMs);
    poll.failures = 0;
  };

  const rest = (poll: Poll<Item>, nowMs: number, restMs: number): void => {
    const { pollMs } = poll.request;
    const leftOut = Math.ceil((nowMs + restMs - poll.dueMs) / pollMs);
    poll.dueMs += Math.max(0, leftOut) * pollMs;
  };

  const blame = (poll: Poll<Item>, nowMs: number, isUnits: boolean): void => {
    const { unit } = poll;
    poll.failures += 1;
    if (isUnits) unit.failures += 1;
    if (isQuarantined(unit)) {
      unit.restsUntilMs = nowMs + quarantineMs(unit.failures, options);
    } else if (areTooMany(poll.failures)) {
      rest(poll, nowMs, quarantineMs(poll.failures, options));
    }
  };

  return {
    units,
    itemsOf,
    restart(nowMs) {
      list.restart(nowMs);
      if (!units.every((unit) => isQuarantined(unit))) return;
      for (const unit of units) unit.restsUntilMs = nowMs; // there is nobody to be spared
    },
    next(nowMs) {
      list.tryWholes(nowMs);
      return nextTurn(polls, options.timeoutMs, nowMs);
    },
    served(poll, nowMs) {
      answered(poll, nowMs);
      list.served(poll);
    },
    refused: answered,
    rest,
    split: list.split,
    failed(poll, nowMs) {
      const { unit, request } = poll;
      const turnMs = poll.dueMs - request.pollMs;
      blame(poll, nowMs, true);
      if (isQuarantined(unit)) return itemsOf(unit);
      const left = polls.filter((other) => other.unit === unit && other.dueMs <= turnMs);
      for (const other of left) other.dueMs = newestTurnMs(other, turnMs) + other.request.pollMs;
      return [...request.items, ...left.flatMap((other) => other.request.items)];
    },
    brokeOff: blame,
  };
}
