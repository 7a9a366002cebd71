import { functionOf } from "./modbus-failure.ts";
import type { ModbusRequest } from "./poll/plan-requests.ts";

const TITLES = ["unit", "function", "addresses", "count", "gaps", "every", "tags"];

/** Shows a plan to people: one line for each request, with how many addresses it reads over, and the tags that it is for. */
export function printModbusPlan(plan: readonly ModbusRequest[]): string {
  const rows = plan.map(({ unitId, table, address, count, pollMs, items }) => [
    String(unitId),
    functionOf(table),
    `${address}-${address + count - 1}`,
    String(count),
    String(count - addressesUsed(items)),
    `${pollMs} ms`,
    items.map(({ name }) => name).join(", "),
  ]);
  const cells = [TITLES, ...rows];
  const widths = TITLES.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function addressesUsed(items: ModbusRequest["items"]): number {
  const used = new Set<number>();
  for (const { address, count } of items) {
    for (let offset = 0; offset < count; offset += 1) used.add(address + offset);
  }
  return used.size;
}
