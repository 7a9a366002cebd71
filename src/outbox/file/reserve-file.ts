import { rmSync, statSync, writeFileSync } from "node:fs";

/**
 * Space kept for the day the disk is full: SQLite needs some to delete, so without it even a working upload could not
 * make room again.
 */
export interface ReserveFile {
  /** Takes the space when it is to be had; otherwise a later call tries again. */
  claim(): void;
  /** Gives the space back to the disk. */
  release(): void;
}

const RESERVE_BYTES = 768 * 1024;

export function reserveFile(outboxPath: string): ReserveFile {
  const path = `${outboxPath}-reserve`;
  return {
    claim() {
      if (statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return;
      try {
        // Written out, because a sparse file reserves nothing.
        writeFileSync(path, Buffer.alloc(RESERVE_BYTES), { flush: true });
      } catch {
        rmSync(path, { force: true });
      }
    },
    release() {
      rmSync(path, { force: true });
    },
  };
}
