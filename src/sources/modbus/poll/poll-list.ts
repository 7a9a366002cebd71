import { areTooMany, type LineUnit } from "./line-unit.ts";
import { type ModbusRequest, type PlanItem, splitRequest } from "./plan-requests.ts";

/** A request and its turns. */
export interface Poll<Item extends PlanItem> {
  readonly request: ModbusRequest<Item>;
  readonly unit: LineUnit;
  dueMs: number;
  /** When it had its last turn. */
  askedMs: number;
  /** Of this request, in a row, while the unit may have answered others. */
  failures: number;
}

/** The requests of a line: as they were planned, and in parts where a device has refused the whole. */
export interface PollList<Item extends PlanItem> {
  /** What is asked now. */
  readonly polls: readonly Poll<Item>[];
  /**
   * Asks for parts of a refused poll instead, in the turn that it has just had. They are remembered; the whole is tried again after `retryMs`.
   *
   * @returns whether there was anything to part
   */
  split(poll: Poll<Item>, nowMs: number, retryMs: number): boolean;
  /** Everything is due, and the grid begins. */
  restart(nowMs: number): void;
  /** What was parted long enough ago is asked as a whole once more. */
  tryWholes(nowMs: number): void;
  /** The poll was served, so if it had been parted before, that is over. */
  served(poll: Poll<Item>): void;
}

/** A poll that was refused, and what is asked instead. */
interface Parted<Item extends PlanItem> {
  readonly whole: Poll<Item>;
  readonly parts: Poll<Item>[];
  /** The parts wait while it is tried. */
  isTried: boolean;
  tryAtMs: number;
}

export function pollList<Item extends PlanItem>(planned: readonly Poll<Item>[]): PollList<Item> {
  const polls = [...planned];
  const parted: Parted<Item>[] = [];

  const replace = (gone: readonly Poll<Item>[], by: readonly Poll<Item>[]): void => {
    const place = polls.indexOf(gone[0] as Poll<Item>);
    polls.splice(place, gone.length, ...by);
  };

  /** Back to the parts, which miss no turn for it. */
  const goOnInParts = (entry: Parted<Item>, nowMs: number, retryMs: number): void => {
    const { whole, parts } = entry;
    entry.isTried = false;
    entry.tryAtMs = nowMs + retryMs;
    for (const part of parts) part.dueMs = Math.max(part.dueMs, turnBefore(whole));
    replace([whole], parts);
  };

  return {
    polls,
    split(poll, nowMs, retryMs) {
      const tried = parted.find(({ whole }) => whole === poll);
      if (tried) {
        goOnInParts(tried, nowMs, retryMs);
        return true;
      }
      const halves = splitRequest(poll.request).map((request): Poll<Item> => {
        return { request, unit: poll.unit, dueMs: turnBefore(poll), askedMs: nowMs, failures: 0 };
      });
      if (halves.length < 2) return false;
      replace([poll], halves);
      const known = parted.find(({ parts }) => parts.includes(poll));
      if (known) known.parts.splice(known.parts.indexOf(poll), 1, ...halves);
      else parted.push({ whole: poll, parts: halves, isTried: false, tryAtMs: nowMs + retryMs });
      return true;
    },
    restart(nowMs) {
      for (const poll of [...polls, ...parted.flatMap(({ parts }) => parts)]) {
        const rests = areTooMany(poll.failures) && poll.dueMs > nowMs;
        if (!rests) poll.dueMs = nowMs;
      }
    },
    tryWholes(nowMs) {
      for (const entry of parted) {
        if (entry.isTried || nowMs < entry.tryAtMs) continue;
        const { whole, parts } = entry;
        entry.isTried = true;
        whole.dueMs = Math.min(...parts.map(({ dueMs }) => dueMs));
        replace(parts, [whole]);
      }
    },
    served(poll) {
      const place = parted.findIndex(({ whole }) => whole === poll);
      if (place >= 0) parted.splice(place, 1);
    },
  };
}

/** The turn that a poll has just had. */
function turnBefore({ dueMs, request: { pollMs } }: Poll<PlanItem>): number {
  return dueMs - pollMs;
}
