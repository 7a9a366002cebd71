import { onTestFinished, vi } from "vitest";
import type { Reading } from "../../../src/core/reading.ts";
import {
  type ModbusSourceOptions,
  type ModbusTag,
  modbusSource,
} from "../../../src/sources/modbus/index.ts";
import type { Source, SourceStatus } from "../../../src/sources/source.ts";
import type { FakeLine } from "./fake-line.ts";

export const upTo = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => index + 1);
export const register = (
  unitId: number,
  address: number,
  rest: Partial<ModbusTag> = {},
): ModbusTag => ({
  name: `unit${unitId}.r${address}`,
  unitId,
  table: "holding",
  address,
  type: "uint16",
  ...rest,
});
export const registers = (unitIds: readonly number[], count: number): ModbusTag[] =>
  unitIds.flatMap((unitId) => upTo(count).map((address) => register(unitId, address - 1)));

export interface Watched {
  readonly source: Source;
  readonly heard: Reading[];
  status(): SourceStatus;
  /** When a state was first reached after that time. */
  reached(state: SourceStatus["state"], afterMs: number): number | undefined;
}

/** Reads the line in virtual time until the test is over. */
export function watch(line: FakeLine, options: Omit<ModbusSourceOptions, "host">): Watched {
  const source = modbusSource({
    host: "line",
    random: () => 0.5,
    client: () => line.client(),
    ...options,
  });
  const heard: Reading[] = [];
  const statuses: { status: SourceStatus; atMs: number }[] = [];
  const watching = source.status.subscribe({
    next: (status) => statuses.push({ status, atMs: performance.now() }),
    error: () => {},
  });
  watching.add(
    source.readings.subscribe({ next: (reading) => heard.push(reading), error: () => {} }),
  );
  onTestFinished(() => watching.unsubscribe());
  return {
    source,
    heard,
    status: () => statuses.at(-1)?.status as SourceStatus,
    reached: (state, afterMs) =>
      statuses.find(({ status, atMs }) => status.state === state && atMs >= afterMs)?.atMs,
  };
}

export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** How long after each turn of the unit it was asked, for turns that were. */
export function latenessMs(line: FakeLine, unitId: number, pollMs: number): number[] {
  const [begin] = line.requests;
  return line.requests
    .filter((request) => request.unitId === unitId)
    .map(({ atMs }) => (atMs - (begin?.atMs ?? 0)) % pollMs)
    .sort((a, b) => a - b);
}

export const p99 = (sorted: readonly number[]): number =>
  sorted[Math.floor(0.99 * sorted.length)] ?? Number.NaN;
export const badTags = (heard: readonly Reading[]): Set<string> =>
  new Set(heard.filter(({ quality }) => quality === "bad").map(({ tag }) => tag));
export const shapes = (line: FakeLine): string[] =>
  line.requests
    .filter(({ outcome }) => outcome !== undefined)
    .map(({ address, count, outcome }) => `${address}+${count} ${outcome}`);

/** Whether a request asks for that address. */
export function covers(hole: number) {
  return ({ address, count }: { address: number; count: number }): boolean =>
    address <= hole && hole < address + count;
}
