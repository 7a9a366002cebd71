import { type AlarmThreshold, alarmThreshold } from "../../math/alarm-threshold.ts";
import { DELAY_STRIDES } from "../compose-card.ts";
import type { HeldOutScores } from "./held-out-scores.ts";

/** Warnings may be so many times as frequent as alarms. */
const WARNINGS_PER_ALARM = 10;
/** No alarm begins below this many standard deviations. */
const LOWEST = 1;
/** An alarm begins so many times above what is known to be harmless: the next of its kind may be a little stranger. */
const CLEARANCE = 1.25;

export interface AlarmLevels extends AlarmThreshold {
  readonly warningThreshold: number;
}

/** Where warning and alarm begin, for so many false alarms a day. */
export function alarmLevelsOf(
  { scores, blocks, harmlessPeak }: HeldOutScores,
  falseAlarmsPerDay: number,
  strideMs: number,
): AlarmLevels {
  const rule = {
    strideMs,
    onDelayWindows: DELAY_STRIDES.on + 1,
    quietMs: DELAY_STRIDES.off * strideMs,
  };
  const alarm = alarmThreshold(scores, blocks, { ...rule, falseAlarmsPerDay });
  const above = harmlessPeak === undefined ? LOWEST : harmlessPeak * CLEARANCE;
  const threshold = Math.max(LOWEST, alarm.threshold, above);
  const isRaised = threshold > Math.max(LOWEST, alarm.threshold);
  const warning = alarmThreshold(scores, blocks, {
    ...rule,
    falseAlarmsPerDay: WARNINGS_PER_ALARM * falseAlarmsPerDay,
  });
  return {
    ...alarm,
    threshold,
    note: isRaised ? `${alarm.note}; raised above what is known to be harmless` : alarm.note,
    warningThreshold: Math.min(threshold, Math.max(LOWEST, warning.threshold)),
  };
}
