import type { DatabaseSync } from "node:sqlite";

/** Numbers that rise and are never used twice, whatever is deleted, undone or cut off. */
export interface NumberSource {
  /** Inside a transaction. */
  next(): number;
  /** The next one, which nobody has been given. */
  upcoming(): number;
  /** Called after a transaction was undone: it may have been the one that set numbers aside. */
  onUndone(): void;
}

/** So many are set aside at a time, so that not every transaction has to write the counter; a restart skips the rest. */
const AT_A_TIME = 1000;

export function numberSource(database: DatabaseSync, first = 1): NumberSource {
  const read = database.prepare("SELECT next FROM counter WHERE counter = 1");
  const write = database.prepare("UPDATE counter SET next = ? WHERE counter = 1");
  let next = Math.max(first, Number(read.get()?.["next"]));
  let end = next;
  return {
    next() {
      if (next >= end) {
        end = next + AT_A_TIME;
        write.run(end);
      }
      return next++;
    },
    upcoming: () => next,
    onUndone() {
      end = next;
    },
  };
}
