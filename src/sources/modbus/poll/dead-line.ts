import { isQuarantined, isTrusted, type LineUnit } from "./line-unit.ts";
import type { PlanItem } from "./plan-requests.ts";
import type { Poll } from "./poll-list.ts";

/** Tells a dead connection from dead units, by who is silent. */
export interface DeadLine {
  /** Somebody has answered, if only with an exception: the connection works. */
  answered(unit: LineUnit): void;
  /** There was no answer; to be called before that is held against anybody. */
  silent(poll: Poll<PlanItem>): void;
  /**
   * Whether it is time to give the connection up: {@link SILENCES_OF_A_DEAD_LINE} requests in a row without an answer from anybody, and no unit
   * is left to ask that is not in quarantine; or as many units in a row that had all just answered.
   */
  isDead(): boolean;
  /**
   * Whether a unit may be silent because of another: there are units that take the request that follows a silent unit for its answer, and
   * then say nothing themselves. Ask again before that is called silence.
   */
  isCollateral(unit: LineUnit): boolean;
  /** Whether somebody else has answered on this connection. */
  isGoodForOthers(unit: LineUnit): boolean;
  /** A dead connection says nothing of the units: takes back what was held against them and their requests since the last answer. */
  acquit(): void;
}

/** One lost answer is an accident, and so is a second one. */
const SILENCES_OF_A_DEAD_LINE = 3;

/** Watches one connection. */
export function deadLine(units: readonly LineUnit[]): DeadLine {
  const answering = new Set<LineUnit>();
  const before = new Map<LineUnit | Poll<PlanItem>, number>(); // failures of those that are silent since the last answer
  let silences = 0;
  let last: LineUnit | undefined; // that was silent, if nobody has answered since
  let surprises = 0;
  return {
    answered(unit) {
      answering.add(unit);
      if (silences === 0) return;
      silences = 0;
      surprises = 0;
      last = undefined;
      before.clear();
    },
    silent(poll) {
      const { unit } = poll;
      silences += 1;
      last = unit;
      if (isTrusted(unit) && answering.has(unit)) surprises += 1;
      for (const blamed of [unit, poll]) {
        if (!before.has(blamed)) before.set(blamed, blamed.failures);
      }
    },
    isDead() {
      if (silences < SILENCES_OF_A_DEAD_LINE) return false;
      const isLeft = (unit: LineUnit): boolean => !before.has(unit) && !isQuarantined(unit);
      return surprises >= SILENCES_OF_A_DEAD_LINE || !units.some((unit) => isLeft(unit));
    },
    isCollateral: (unit) => last !== undefined && last !== unit && isTrusted(unit),
    isGoodForOthers: (unit) => answering.size > (answering.has(unit) ? 1 : 0),
    acquit() {
      for (const [blamed, failures] of before) blamed.failures = failures;
    },
  };
}
