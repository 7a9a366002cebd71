import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers";
import { pragma } from "./open-database.ts";
import { reserveFile } from "./reserve-file.ts";

export interface DiskUpkeep {
  /** Called when a transaction found no space, before those that make room are tried again. */
  onDiskFull(): void;
  /** Called after a transaction that may have made room. */
  onFreed(): void;
  /** Called before the file is closed. */
  stop(): void;
}

/** Free pages (of 4 KiB) that are kept for the next events rather than given back to the disk. */
const SPARE_PAGES = 256;

/** Space is given back once nothing was freed for so long, because a drain must not wait for it; */
const IDLE_MS = 50;
/** or after so long, because some gateways are never idle. */
const PATIENCE_MS = 2000;

/** Gives freed space back to the disk, and looks after the reserve. */
export function diskUpkeep(path: string, database: DatabaseSync): DiskUpkeep {
  const reserve = reserveFile(path);
  reserve.claim();
  let diskFull = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let sinceMs: number | undefined; // the first of what was freed since the last look

  /** Begins late, when few pages are left that have to be moved for it, and then goes all the way. */
  const isBloated = (isShrinking: boolean): boolean => {
    const free = pragma(database, "freelist_count");
    return free > SPARE_PAGES && (isShrinking || free * 4 > pragma(database, "page_count") * 3);
  };

  /** In steps, because it blocks the event loop. */
  const shrink = (isShrinking: boolean): void => {
    try {
      if (stopped) return;
      if (isBloated(isShrinking)) {
        database.exec(`PRAGMA incremental_vacuum(${SPARE_PAGES})`);
        setImmediate(() => shrink(true));
      } else if (isShrinking) {
        database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      }
    } catch {
      // Nothing is lost; the next acknowledgement tries again.
    }
  };

  const shrinkSoon = (): void => {
    const nowMs = performance.now();
    sinceMs ??= nowMs;
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        sinceMs = undefined;
        shrink(false);
      },
      Math.min(IDLE_MS, Math.max(0, sinceMs + PATIENCE_MS - nowMs)),
    ).unref();
  };

  const recoverFromFullDisk = (): void => {
    try {
      database.exec("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)");
      reserve.claim();
      diskFull = false;
    } catch {
      // Still full; the next acknowledgement tries again.
    }
  };

  return {
    onDiskFull() {
      diskFull = true;
      reserve.release();
    },
    onFreed() {
      if (diskFull) recoverFromFullDisk();
      else shrinkSoon();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
