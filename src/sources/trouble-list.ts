import type { GatewayError } from "../errors.ts";
import type { SourceTrouble } from "./source.ts";

/** Why tags have no value. */
export interface Trouble {
  /** What is in trouble, as people call it: `unit 7`, `tag pump1.flow`. */
  readonly part: string;
  readonly error: GatewayError;
}

/** Which tags are in which trouble. */
export interface TroubleList {
  /** A tag has one trouble at a time, the newest. */
  put(tag: string, trouble: Trouble): void;
  clear(tag: string): void;
  /** One entry per part and message; the same array as long as nothing has changed. */
  list(): readonly SourceTrouble[];
}

interface Entry {
  readonly trouble: Trouble;
  readonly sinceMs: number;
  readonly tags: Set<string>;
}

/**
 * Creates an empty list. A trouble that says the same as one that is listed is that one, however often it is told. What a tag's trouble says may
 * change, as when it names the next attempt: as long as the part is the same, it began when it began.
 */
export function createTroubleList(clock: () => number): TroubleList {
  const entries = new Map<string, Entry>();
  const keyOf = new Map<string, string>(); // by tag
  let listed: readonly SourceTrouble[] | undefined = [];

  const clear = (tag: string): void => {
    const key = keyOf.get(tag);
    const entry = key === undefined ? undefined : entries.get(key);
    if (key === undefined || entry === undefined) return;
    keyOf.delete(tag);
    entry.tags.delete(tag);
    if (entry.tags.size === 0) entries.delete(key);
    listed = undefined;
  };

  return {
    put(tag, trouble) {
      const key = `${trouble.part}\n${trouble.error.message}`;
      const before = keyOf.get(tag);
      if (before === key) return;
      const former = before === undefined ? undefined : entries.get(before);
      const sinceMs = former?.trouble.part === trouble.part ? former.sinceMs : clock();
      clear(tag);
      keyOf.set(tag, key);
      const entry = entries.get(key);
      if (entry) entry.tags.add(tag);
      else entries.set(key, { trouble, sinceMs, tags: new Set([tag]) });
      listed = undefined;
    },
    clear,
    list() {
      listed ??= [...entries.values()].map(({ trouble: { part, error }, sinceMs, tags }) => ({
        part,
        error,
        sinceMs,
        tags: [...tags],
      }));
      return listed;
    },
  };
}
