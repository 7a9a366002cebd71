import { requirePositive } from "../../math/range-checks.ts";
import type { ModbusLine } from "./modbus-client.ts";
import { lineName } from "./modbus-failure.ts";
import {
  type LineSettings,
  lineOf,
  type ModbusSourceOptions,
  requireModbusOptions,
  requireWhole,
  unitSettings,
} from "./modbus-options.ts";
import { type LineItem, tagItem, textItem } from "./poll/line-item.ts";
import { type ModbusRequest, planRequests } from "./poll/plan-requests.ts";
import { requirePlan } from "./require-plan.ts";
import { type ResolvedModbusTag, requireModbusTags, resolveTag } from "./tags/modbus-tag.ts";
import { requireModbusTexts, resolveText } from "./tags/modbus-text.ts";

/** What is read from a line. */
export interface LinePlan {
  /** With nothing left open, in the order in which they were given. */
  readonly tags: readonly ResolvedModbusTag[];
  readonly requests: readonly ModbusRequest<LineItem>[];
}

/** @throws GatewayError `CONFIG_INVALID` for a tag or text that no device can serve. */
export function planLine(
  owner: string,
  { unitId = 1, pollMs = 1000, tags, texts = [] }: ModbusSourceOptions,
  line: ModbusLine,
  settings: LineSettings,
): LinePlan {
  requireWhole(owner, "unitId", unitId, 0, 255);
  requirePositive(owner, { pollMs });
  requireModbusTags(owner, tags);
  requireModbusTexts(owner, texts);
  const resolved = tags.map((tag) => ({
    reporting: "sampled" as const,
    ...resolveTag(tag, { unitId, pollMs }),
  }));
  const items: LineItem[] = [
    ...resolved.map((tag) => tagItem(tag)),
    ...texts.map((text) => textItem(resolveText(text, { unitId }))),
  ];
  const requests = planRequests(items, settings.of);
  requirePlan(owner, line, requests, settings);
  return { tags: resolved, requests };
}

/**
 * Plans what {@link modbusSource} would ask with the same options, without asking.
 *
 * A device that refuses a request makes the source ask for its tags apart, so the plan is where it begins.
 *
 * @throws GatewayError `CONFIG_INVALID` as `modbusSource` does.
 */
export function modbusPlan(options: ModbusSourceOptions): readonly ModbusRequest[] {
  requireModbusOptions(options);
  const line = lineOf(options);
  const { name = lineName(line) } = options;
  return planLine(name, options, line, unitSettings(name, options)).requests;
}
