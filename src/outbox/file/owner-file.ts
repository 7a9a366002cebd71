import { readFileSync, rmSync, writeFileSync } from "node:fs";

/**
 * Names the process that holds an outbox, beside the outbox. The lock itself is SQLite's and goes with the process;
 * this file is only there to be read by a second one, and is stale after `kill -9`.
 */
export interface OwnerFile {
  /** The process that wrote the file last. */
  pid(): number | undefined;
  claim(): void;
  release(): void;
}

export function ownerFile(outboxPath: string): OwnerFile {
  const path = `${outboxPath}-owner`;
  return {
    pid() {
      try {
        const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
        return Number.isNaN(pid) ? undefined : pid;
      } catch {
        return undefined;
      }
    },
    claim() {
      try {
        writeFileSync(path, `${process.pid}\n`);
      } catch {
        // A full disk must not keep a gateway from starting: it still has to drain its outbox.
      }
    },
    release() {
      rmSync(path, { force: true });
    },
  };
}
