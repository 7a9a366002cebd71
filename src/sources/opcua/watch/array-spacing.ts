import type { OpcuaValue } from "../opcua-client.ts";
import type { OpcuaTag } from "../opcua-tag.ts";

/** How the elements of one array lie in time. */
export interface Spacing {
  /** Distance of two elements; the last one has the time of the array. */
  readonly elementMs: number;
  /** The server has sent the array before: only its end is news, namely that it still stands. */
  readonly isRepeated: boolean;
}

/** Lays the arrays of each tag out in time, so that they neither overlap nor run backwards, whoever stamps them. */
export interface ArraySpacing {
  place(tag: OpcuaTag, value: OpcuaValue, timeMs: number): Spacing;
  /** What was missed says nothing about how long the next arrays take. */
  interrupt(): void;
}

interface Previous {
  readonly timeMs: number;
  readonly value: unknown;
}

/** @param samplingMs taken for the duration of an array of which nothing better is known */
export function arraySpacing(samplingMs: number): ArraySpacing {
  const previous = new Map<OpcuaTag, Previous>();
  const resumed = new Set<OpcuaTag>();
  return {
    place(tag, { value }, timeMs) {
      const before = previous.get(tag);
      const isFirst = before === undefined || !resumed.has(tag);
      resumed.add(tag);
      previous.set(tag, { timeMs, value });
      const count = lengthOf(value);
      const roomMs = before ? timeMs - before.timeMs : Number.POSITIVE_INFINITY;
      const isRepeated = roomMs === 0 && isSame(before?.value, value);
      // A clock that was set back is the business of whoever delivers the readings.
      if (roomMs < 0) return { elementMs: tag.array?.elementMs ?? samplingMs / count, isRepeated };
      const wantedMs = tag.array?.elementMs ?? (isFirst ? samplingMs : roomMs) / count;
      return { elementMs: Math.min(wantedMs, roomMs / count), isRepeated };
    },
    interrupt: () => resumed.clear(),
  };
}

function lengthOf(value: unknown): number {
  return isList(value) ? value.length : 1;
}

function isSame(one: unknown, other: unknown): boolean {
  if (!isList(one) || !isList(other)) return one === other;
  if (one.length !== other.length) return false;
  return Array.from(one).every((element, place) => String(element) === String(other[place]));
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}
