import type { Reading } from "../core/reading.ts";
import { createReadingColumns } from "./reading-columns.ts";

/** The newest reading of every tag of the sources, whether a model wants it or not. */
export interface NewestReadings {
  note(reading: Reading): void;
  /** Those that there are now, by tag. */
  all(): ReadonlyMap<string, Reading>;
}

/**
 * Creates an empty store for these tags; readings of others are passed over.
 *
 * It keeps no object: the first readings of a gateway would all outlive a collection, and the engine would take from then on that readings do, and put each
 * where only a full collection removes it.
 */
export function createNewestReadings(tags: Iterable<string>): NewestReadings {
  const names = [...tags];
  const places = new Map(names.map((name, place) => [name, place]));
  const columns = createReadingColumns(names.length);
  let next = 0; // a scan delivers its tags in the same order every time

  const placeOf = (tag: string): number | undefined =>
    names[next] === tag ? next : places.get(tag);

  return {
    note(reading) {
      const place = placeOf(reading.tag);
      if (place === undefined) return;
      columns.write(place, reading);
      next = place + 1 === names.length ? 0 : place + 1;
    },
    all: () =>
      new Map(
        names.flatMap((tag, place): [string, Reading][] => {
          const reading = columns.read(place, tag);
          return reading === undefined ? [] : [[tag, reading]];
        }),
      ),
  };
}
