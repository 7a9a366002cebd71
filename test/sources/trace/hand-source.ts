import { type Observable, of } from "rxjs";
import type { Reading } from "../../../src/core/reading.ts";
import type { Tag } from "../../../src/core/tag.ts";
import type { Source } from "../../../src/sources/source.ts";

/** A source that delivers what the test says. */
export function handSource(readings: Observable<Reading>, tags: readonly Tag[]): Source {
  const status = of({ state: "live", sinceMs: 0, troubles: [], texts: {} } as const);
  return { name: "hand", tags, readings, status };
}
