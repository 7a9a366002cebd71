import { existsSync, readdirSync, readlinkSync, realpathSync, renameSync } from "node:fs";
import { GatewayError } from "../../errors.ts";

/**
 * Moves a file that is not an outbox out of the way, and what SQLite keeps beside it, which belongs to it; nothing is deleted.
 *
 * @returns where it is now
 * @throws GatewayError `OUTBOX_UNAVAILABLE` when some process has it open: it would go on writing into what is no longer there
 */
export function setForeignAside(path: string): string {
  const user = userOf(path);
  if (user !== undefined) {
    throw new GatewayError(
      "OUTBOX_UNAVAILABLE",
      `${path} is not an outbox, and in use: expected a file of its own, but process ${user} has it open`,
      { hint: "Name another path for the outbox; that file was left as it is." },
    );
  }
  return moveAside(path, `${path}.foreign-${Date.now()}`);
}

/** Renames a database and its companions. */
export function moveAside(path: string, kept: string): string {
  for (const suffix of ["-wal", "-journal", ""]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix);
  }
  return kept;
}

/**
 * A lock is not enough to tell: an application that has its database open and does nothing holds none. Where there is no
 * `/proc` (only Linux has it) and for processes of others, it is all there is.
 */
function userOf(path: string): number | undefined {
  const target = realpathSync(path);
  const processes = attempt(() => readdirSync("/proc")) ?? [];
  const isUser = (pid: string): boolean => {
    const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
    return descriptors.some(
      (fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) === target,
    );
  };
  const user = processes.filter((name) => /^\d+$/.test(name)).find(isUser);
  return user === undefined ? undefined : Number(user);
}

/** Returns `undefined` for what is gone meanwhile or nobody else's business. */
function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}
