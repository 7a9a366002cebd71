import type { Reading } from "../core/reading.ts";
import type { Machine } from "./machine.ts";

/**
 * Hands readings to a machine that begins in the middle of a stream: before the first of them, what stands. A source tells of a tag that is reported on change
 * only when it changes, which may be next week.
 *
 * @param newest the newest reading of every tag, from before the first that comes
 */
export function pushFrom(machine: Machine, newest: ReadonlyMap<string, Reading>): Machine["push"] {
  let isFirst = true;
  return (reading, place) => {
    if (isFirst && Number.isFinite(reading.timeMs)) {
      isFirst = false;
      for (const one of standing(machine, newest, reading)) machine.push(one);
    }
    machine.push(reading, place);
  };
}

function standing(
  { tags }: Machine,
  newest: ReadonlyMap<string, Reading>,
  { tag, timeMs }: Reading,
): readonly Reading[] {
  return tags.flatMap(({ name, reporting }) => {
    const known = reporting === "on-change" && name !== tag ? newest.get(name) : undefined;
    return known === undefined || known.quality === "bad" ? [] : [{ ...known, timeMs }];
  });
}
