import { requirePositive } from "../../math/range-checks.ts";
import { type LineItem, tagItem, textItem } from "./line-item.ts";
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
import { type ResolvedModbusTag, requireModbusTags, resolveTag } from "./modbus-tag.ts";
import { requireModbusTexts, resolveText } from "./modbus-text.ts";
import { type ModbusRequest, planRequests } from "./plan-requests.ts";
import { requirePlan } from "./require-plan.ts";

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

/** Shows a plan to people: one line for each request, with the addresses that it reads over and the tags that it is for. */
export function printModbusPlan(plan: readonly ModbusRequest[]): string {
  const rows = plan.map(({ unitId, table, address, count, pollMs, items }) => [
    String(unitId),
    table,
    `${address}-${address + count - 1}`,
    String(count),
    String(count - addressesUsed(items)),
    `${pollMs} ms`,
    items.map(({ name }) => name).join(", "),
  ]);
  const table = [["unit", "table", "addresses", "count", "gaps", "every", "tags"], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .join("\n");
}

function addressesUsed(items: ModbusRequest["items"]): number {
  const used = new Set<number>();
  for (const { address, count } of items) {
    for (let offset = 0; offset < count; offset += 1) used.add(address + offset);
  }
  return used.size;
}
