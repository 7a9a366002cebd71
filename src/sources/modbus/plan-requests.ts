import { addressCount, type ModbusTable, type ModbusTag } from "./modbus-tag.ts";

/** One read of neighbouring addresses. */
export interface ModbusRequest {
  readonly table: ModbusTable;
  readonly address: number;
  readonly count: number;
  /** By address. */
  readonly tags: readonly ModbusTag[];
}

/** The most that the protocol allows in one read. */
const maxCount: Readonly<Record<ModbusTable, number>> = {
  holding: 125,
  input: 125,
  coil: 2000,
  discrete: 2000,
};

/**
 * Puts tags that touch or overlap in one table into one request.
 *
 * Gaps are never read over: an address that nobody asked for may not exist, and then the device refuses the whole request.
 */
export function planRequests(tags: readonly ModbusTag[]): readonly ModbusRequest[] {
  const groups: ModbusTag[][] = [];
  const sorted = [...tags].sort((a, b) => a.table.localeCompare(b.table) || a.address - b.address);
  for (const tag of sorted) {
    const group = groups.at(-1);
    if (group && fits(requestFor(group), tag)) group.push(tag);
    else groups.push([tag]);
  }
  return groups.map((group) => requestFor(group));
}

/** Cuts a request between two of its tags, to find the one that the device refuses. */
export function splitRequest(request: ModbusRequest): readonly [ModbusRequest, ModbusRequest] {
  const half = Math.ceil(request.tags.length / 2);
  return [requestFor(request.tags.slice(0, half)), requestFor(request.tags.slice(half))];
}

function fits(request: ModbusRequest, tag: ModbusTag): boolean {
  const { table, address, count } = request;
  return (
    tag.table === table &&
    tag.address <= address + count &&
    tag.address + addressCount(tag) - address <= maxCount[table]
  );
}

/** `tags` are one or more, of one table, by address. */
function requestFor(tags: readonly ModbusTag[]): ModbusRequest {
  const { table, address } = tags[0] as ModbusTag;
  const end = Math.max(...tags.map((tag) => tag.address + addressCount(tag)));
  return { table, address, count: end - address, tags };
}
