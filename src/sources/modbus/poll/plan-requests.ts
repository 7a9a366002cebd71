import type { ModbusRead } from "../modbus-client.ts";
import type { ResolvedPlace } from "../tags/modbus-place.ts";
import { holdsBits } from "../tags/modbus-table.ts";

/** What is read at some place again and again. */
export interface PlanItem extends ResolvedPlace {
  readonly name: string;
  readonly pollMs: number;
}

/** One read for one or more items. */
export interface ModbusRequest<Item extends PlanItem = PlanItem> extends ModbusRead {
  readonly pollMs: number;
  /** By address. */
  readonly items: readonly Item[];
}

/** What a device takes in one request. */
export interface PlanLimits {
  /** Registers of one request, 1 to 125. */
  readonly maxRegisters: number;
  /** Coils or discrete inputs of one request, 1 to 2000. */
  readonly maxBits: number;
  /** Addresses between two items that are read over, to save a request. */
  readonly maxGap: number;
  /** One request for each item, whatever lies beside it. */
  readonly oneByOne: boolean;
}

/**
 * Plans the fewest requests that read all items of each unit, table and period within the limits of the unit.
 *
 * Items are taken by address, and a request takes in all that it can: the first item has to be in some request, and none
 * that holds it can reach further than the one that begins with it. An item is never cut in two.
 *
 * @param limitsOf the limits of a unit
 */
export function planRequests<Item extends PlanItem>(
  items: readonly Item[],
  limitsOf: (unitId: number) => PlanLimits,
): readonly ModbusRequest<Item>[] {
  const groups: Item[][] = [];
  let end = 0; // of the last group
  for (const item of [...items].sort(byPlace)) {
    const group = groups.at(-1);
    const first = group?.[0];
    const itsEnd = item.address + item.count;
    if (group && first && areTogether(first, item) && fits(first, end, item, limitsOf)) {
      group.push(item);
      end = Math.max(end, itsEnd);
    } else {
      groups.push([item]);
      end = itsEnd;
    }
  }
  return groups.map((group) => requestFor(group));
}

/**
 * Cuts a request in two, to find the item that the device refuses: at the widest gap it reads over, since that is what nobody
 * asked for; else in the middle. Items of one place, such as the bits of a register, stay together: a request for one place is not cut.
 */
export function splitRequest<Item extends PlanItem>(
  request: ModbusRequest<Item>,
): readonly ModbusRequest<Item>[] {
  const { items } = request;
  const middle = Math.ceil(items.length / 2);
  let cut = 0;
  let widest = 0;
  let end = request.address;
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    const gap = item.address - end;
    end = Math.max(end, item.address + item.count);
    if (!before || isSamePlace(before, item) || gap < widest) continue;
    if (gap > widest || Math.abs(index - middle) < Math.abs(cut - middle)) cut = index;
    widest = Math.max(gap, 0);
  }
  return cut === 0 ? [request] : [requestFor(items.slice(0, cut)), requestFor(items.slice(cut))];
}

function byPlace(a: PlanItem, b: PlanItem): number {
  return (
    a.unitId - b.unitId ||
    a.table.localeCompare(b.table) ||
    a.pollMs - b.pollMs ||
    a.address - b.address ||
    b.count - a.count
  );
}

function areTogether(a: PlanItem, b: PlanItem): boolean {
  return a.unitId === b.unitId && a.table === b.table && a.pollMs === b.pollMs;
}

/** Two bits of one register, for example. */
function isSamePlace(a: PlanItem, b: PlanItem): boolean {
  return a.address === b.address && a.count === b.count;
}

function fits(
  first: PlanItem,
  end: number,
  item: PlanItem,
  limitsOf: (unitId: number) => PlanLimits,
): boolean {
  const { maxRegisters, maxBits, maxGap, oneByOne } = limitsOf(item.unitId);
  if (oneByOne) return isSamePlace(first, item);
  const most = holdsBits(item.table) ? maxBits : maxRegisters;
  return (
    item.address - end <= maxGap && Math.max(end, item.address + item.count) - first.address <= most
  );
}

/** `items` are one or more of one unit, table and period, by address. */
function requestFor<Item extends PlanItem>(items: readonly Item[]): ModbusRequest<Item> {
  const { unitId, table, address, pollMs } = items[0] as Item;
  const end = Math.max(...items.map((item) => item.address + item.count));
  return { unitId, table, address, count: end - address, pollMs, items };
}
