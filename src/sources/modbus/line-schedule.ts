import { type ModbusRequest, type PlanItem, splitRequest } from "./plan-requests.ts";

/** A request and its turns. */
export interface Poll<Item extends PlanItem> {
  readonly request: ModbusRequest<Item>;
  readonly unit: LineUnit;
  dueMs: number;
}

/** A device on the line. */
export interface LineUnit {
  readonly id: number;
  /** In a row. */
  failures: number;
  /** Whether another unit has answered on this connection since the failures began: then they are not the line's. */
  isAlone: boolean;
  /** Left alone until then, once it is in quarantine. */
  restsUntilMs: number;
}

/** What is to be done next: ask, or nothing for so many milliseconds. */
export type Turn<Item extends PlanItem> =
  | {
      readonly poll: Poll<Item>;
      readonly timeoutMs: number;
      /** Turns of this request that have been left out before this one. */
      readonly skipped: number;
    }
  | { readonly waitMs: number };

/** What became of a unit that did not answer. */
export interface UnitFailure<Item extends PlanItem> {
  /** What has no value now: what was due of this unit, or all of it once it is in quarantine. */
  readonly items: readonly Item[];
  /** How long the unit is left alone from now on; `undefined` before it is in quarantine. */
  readonly quarantineMs: number | undefined;
}

/**
 * Says which request of a line is next, one at a time, for any number of units.
 *
 * Turns stand on a grid, so they do not drift, and one that comes too late is left out, so nothing ever queues. A unit
 * that has just failed comes after the others, and its requests take turns in being the first. After {@link FAILURES_OF_A_QUARANTINE}
 * failures in a row, while others answer, it is left alone for a time that doubles, and then probed while the line is idle, so that the
 * others keep their pace.
 */
export interface LineSchedule<Item extends PlanItem> {
  /** A new connection: everything is due, and what was refused or in quarantine is tried once. */
  restart(nowMs: number): void;
  next(nowMs: number): Turn<Item>;
  /** The unit gave what was asked for, or said why it does not. */
  answered(poll: Poll<Item>, nowMs: number): void;
  /** The same request is not to be made before `untilMs`. */
  rest(poll: Poll<Item>, untilMs: number): void;
  /** One of the items is refused: from now on they are asked for apart, beginning at once. */
  split(poll: Poll<Item>, nowMs: number): void;
  /**
   * The unit did not answer.
   *
   * @param isAlone whether something on the line has said that it is this unit
   */
  failed(poll: Poll<Item>, nowMs: number, isAlone: boolean): UnitFailure<Item>;
}

export interface LineScheduleOptions {
  readonly timeoutMs: (unitId: number) => number;
  readonly quarantineFirstMs: number;
  readonly quarantineMaxMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** So many failures in a row are no accident. */
const FAILURES_OF_A_QUARANTINE = 3;
/** Left between a probe and the next turn of another unit. */
const MARGIN_MS = 5;

export function lineSchedule<Item extends PlanItem>(
  requests: readonly ModbusRequest<Item>[],
  options: LineScheduleOptions,
): LineSchedule<Item> {
  const { timeoutMs, quarantineFirstMs, quarantineMaxMs, random } = options;
  const units = new Map<number, LineUnit>();
  for (const { unitId: id } of requests) {
    units.set(id, { id, failures: 0, isAlone: false, restsUntilMs: 0 });
  }
  const polls = requests.map(
    (request): Poll<Item> => ({ request, unit: units.get(request.unitId) as LineUnit, dueMs: 0 }),
  );

  /** The time until a unit that answers has its next turn. */
  const idleMs = (nowMs: number): number =>
    soonest(polls.filter(({ unit }) => unit.failures === 0).map(({ dueMs }) => dueMs)) - nowMs;

  /** A unit in doubt gets the time that nobody else needs, and half of what it may take at least. */
  const spareMs = ({ id }: LineUnit, nowMs: number): number => {
    const fullMs = timeoutMs(id);
    return Math.max(fullMs / 2, Math.min(fullMs, idleMs(nowMs) - MARGIN_MS));
  };

  /** A request to a quarantined unit, if the line is idle for long enough, or has not been for two turns. */
  const probe = (nowMs: number): Poll<Item> | undefined =>
    polls.find(({ unit, request: { pollMs } }) => {
      if (!isQuarantined(unit) || nowMs < unit.restsUntilMs) return false;
      const isPatient = nowMs < unit.restsUntilMs + 2 * pollMs;
      return !isPatient || idleMs(nowMs) >= timeoutMs(unit.id) / 2 + MARGIN_MS;
    });

  const wait = (nowMs: number): Turn<Item> => {
    const turns = polls.map(({ unit, dueMs }) => (isQuarantined(unit) ? unit.restsUntilMs : dueMs));
    const waitMs = soonest(turns.filter((timeMs) => timeMs > nowMs)) - nowMs;
    return { waitMs: Math.min(waitMs, LONGEST_WAIT_MS) };
  };

  return {
    restart(nowMs) {
      for (const unit of units.values()) unit.isAlone = false;
      for (const poll of polls) poll.dueMs = nowMs;
    },
    next(nowMs) {
      const trusted = longestDue(polls, nowMs, ({ failures }) => failures === 0);
      if (trusted) return take(trusted, nowMs, timeoutMs(trusted.unit.id));
      const doubted = longestDue(polls, nowMs, (unit) => !isQuarantined(unit)) ?? probe(nowMs);
      return doubted ? take(doubted, nowMs, spareMs(doubted.unit, nowMs)) : wait(nowMs);
    },
    answered({ unit }, nowMs) {
      if (isQuarantined(unit)) {
        for (const poll of polls) if (poll.unit === unit) catchUp(poll, nowMs);
      }
      unit.failures = 0;
      for (const other of units.values()) other.isAlone = other.failures > 0;
    },
    rest(poll, untilMs) {
      poll.dueMs = Math.max(poll.dueMs, untilMs);
    },
    split(poll, nowMs) {
      const { unit } = poll;
      const halves = splitRequest(poll.request).map((request) => ({ request, unit, dueMs: nowMs }));
      polls.splice(polls.indexOf(poll), 1, ...halves);
    },
    failed(poll, nowMs, isAlone) {
      const { unit } = poll;
      unit.failures += 1;
      unit.isAlone ||= isAlone;
      polls.push(...polls.splice(polls.indexOf(poll), 1));
      const its = polls.filter((other) => other.unit === unit);
      const itsItems = its.flatMap(({ request }) => request.items);
      if (!isQuarantined(unit)) {
        const due = its.filter((other) => other === poll || other.dueMs <= nowMs);
        for (const other of due) if (other.dueMs <= nowMs) take(other, nowMs, 0);
        const items = due.flatMap(({ request }) => request.items);
        return { items, quarantineMs: undefined };
      }
      const doublings = unit.failures - FAILURES_OF_A_QUARANTINE;
      const longestMs = Math.min(quarantineMaxMs, quarantineFirstMs * 2 ** doublings);
      const quarantineMs = Math.round((longestMs * (1 + random())) / 2);
      unit.restsUntilMs = nowMs + quarantineMs;
      return { items: itsItems, quarantineMs };
    },
  };
}

/** A schedule without any turn to come looks again after this long. */
const LONGEST_WAIT_MS = 60_000;

function isQuarantined({ failures, isAlone }: LineUnit): boolean {
  return failures >= FAILURES_OF_A_QUARANTINE && isAlone;
}

/** Gives a poll its turn; the next one is the first on its grid that is still to come. */
function take<Item extends PlanItem>(
  poll: Poll<Item>,
  nowMs: number,
  timeoutMs: number,
): Turn<Item> {
  const { pollMs } = poll.request;
  const skipped = isQuarantined(poll.unit) ? 0 : Math.floor((nowMs - poll.dueMs) / pollMs);
  poll.dueMs += Math.max(0, Math.floor((nowMs - poll.dueMs) / pollMs) + 1) * pollMs;
  return { poll, timeoutMs, skipped };
}

/** Makes a poll due that has been left alone, on its grid. */
function catchUp<Item extends PlanItem>(poll: Poll<Item>, nowMs: number): void {
  const { pollMs } = poll.request;
  if (poll.dueMs <= nowMs) poll.dueMs += Math.floor((nowMs - poll.dueMs) / pollMs) * pollMs;
}

/** Runs for every request, so it makes nothing. */
function longestDue<Item extends PlanItem>(
  polls: readonly Poll<Item>[],
  nowMs: number,
  isMeant: (unit: LineUnit) => boolean,
): Poll<Item> | undefined {
  let longest: Poll<Item> | undefined;
  for (const poll of polls) {
    if (poll.dueMs > nowMs || !isMeant(poll.unit)) continue;
    if (longest === undefined || poll.dueMs < longest.dueMs) longest = poll;
  }
  return longest;
}

function soonest(times: readonly number[]): number {
  return times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
}
