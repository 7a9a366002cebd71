import { type AlarmThreshold, alarmThreshold } from "../../math/alarm-threshold.ts";
import { DELAY_STRIDES } from "../compose-card.ts";
import type { HeldOutScores } from "./held-out-scores.ts";

/** Warnings may be so many times as frequent as alarms. */
const WARNINGS_PER_ALARM = 10;
/** No alarm begins below this many standard deviations. */
const LOWEST = 1;

export interface AlarmLevels extends AlarmThreshold {
  readonly warningThreshold: number;
}

/** Where warning and alarm begin, for so many false alarms a day. */
export function alarmLevelsOf(
  { scores, blocks }: HeldOutScores,
  falseAlarmsPerDay: number,
  strideMs: number,
): AlarmLevels {
  const rule = {
    strideMs,
    onDelayWindows: DELAY_STRIDES.on + 1,
    quietMs: DELAY_STRIDES.off * strideMs,
  };
  const alarm = alarmThreshold(scores, blocks, { ...rule, falseAlarmsPerDay });
  const threshold = Math.max(LOWEST, alarm.threshold);
  const warning = alarmThreshold(scores, blocks, {
    ...rule,
    falseAlarmsPerDay: WARNINGS_PER_ALARM * falseAlarmsPerDay,
  });
  return {
    ...alarm,
    threshold,
    warningThreshold: Math.min(threshold, Math.max(LOWEST, warning.threshold)),
  };
}
