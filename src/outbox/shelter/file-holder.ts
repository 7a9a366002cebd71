import { GatewayError } from "../../errors.ts";
import type { FileKeeping, KeptFile } from "../file/file-outbox.ts";
import type { DiskWatch } from "./disk-watch.ts";

/** Holds the file of an outbox: opens it as soon as the disk lets it, and lets go of it when it was damaged while it was used. */
export interface FileHolder {
  /** `undefined` as long as it could not be opened. */
  file(): KeptFile | undefined;
  /** Closes the file if it was damaged; opening it then salvages what can be read, and sets it aside. */
  letGoOfDamaged(): Promise<void>;
  /** Returns whether the file is open, and says to the watch why not. */
  open(): boolean;
}

export interface FileHolderOptions {
  /** Opens the file, or returns why the disk does not let it; throws when something else is wrong. */
  readonly open: (keeping: FileKeeping) => KeptFile | GatewayError;
  readonly disk: DiskWatch;
  /** Called once for each file that turns out to be damaged. */
  readonly onDamage: () => void;
}

/**
 * So long after a file was damaged again while it was used, and twice as long each time, the next one is not begun: a broken disk must
 * not be filled with what was set aside.
 */
const PAUSE_MS = 60_000;

export function fileHolder({ open, disk, onDamage }: FileHolderOptions): FileHolder {
  let file: KeptFile | undefined;
  let isDamaged = false;
  let damages = 0;
  let notBeforeMs = 0;
  let firstNumber = 1;

  const keeping = (): FileKeeping => ({
    firstNumber,
    onSetAside: disk.setAside,
    onDamage(error) {
      if (isDamaged) return;
      isDamaged = true;
      disk.refused(error);
      onDamage();
    },
  });

  const tryOpen = (): KeptFile | GatewayError => {
    const { error } = disk.status();
    return error !== undefined && performance.now() < notBeforeMs ? error : open(keeping());
  };

  return {
    file: () => file,
    async letGoOfDamaged() {
      if (!isDamaged) return;
      const damaged = file;
      // It may not be able to say how far it has counted, and some of its numbers are still being delivered.
      firstNumber = damaged?.upcomingNumber() ?? firstNumber;
      notBeforeMs = damages === 0 ? 0 : performance.now() + PAUSE_MS * 2 ** (damages - 1);
      damages += 1;
      isDamaged = false;
      file = undefined;
      await damaged?.close();
    },
    open() {
      if (file !== undefined) return true;
      const opened = tryOpen();
      if (opened instanceof GatewayError) disk.refused(opened);
      else file = opened;
      return file !== undefined;
    },
  };
}
