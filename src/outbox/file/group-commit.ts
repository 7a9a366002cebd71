import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers";
import { GatewayError } from "../../errors.ts";
import { closedError, isDiskFull } from "./database-error.ts";

/** One step on the database. */
export interface Job<T> {
  /**
   * Runs inside a transaction, and once more in a new one when that failed. A `GatewayError` refuses this job alone and
   * undoes nothing; any other error undoes the transaction.
   */
  work(): T;
  /** What it writes, about. */
  readonly bytes: number;
  /** Whether it makes room, and so may use the space reserved for a full disk. */
  readonly frees: boolean;
}

/** Runs jobs in order, many to a transaction, because every transaction waits for the disk. */
export interface GroupCommit {
  /** Resolves with what the job returned, once the transaction is on the disk. */
  run<T>(job: Job<T>): Promise<T>;
  /** Finishes the jobs that wait and takes no more. */
  close(): void;
}

export interface GroupCommitOptions {
  readonly path: string;
  readonly database: DatabaseSync;
  /** Called when the disk is full, before the jobs that make room are tried again. */
  readonly onDiskFull: () => void;
  /** Called after a transaction that may have made room. */
  readonly onFreed: () => void;
  /** Called after a transaction was undone. */
  readonly onUndone: () => void;
  /** Makes of what a transaction failed by what its jobs are told. */
  readonly failed: (cause: unknown) => GatewayError;
}

/** The longest transaction: it blocks the event loop, for some 10 ms at this size. */
const GROUP_BYTES = 512 * 1024;

interface Entry {
  readonly bytes: number;
  readonly frees: boolean;
  /** Runs the job and returns what to call after the commit. */
  attempt(): () => void;
  reject(error: GatewayError): void;
}

export function groupCommit(options: GroupCommitOptions): GroupCommit {
  const { path, database, onDiskFull, onFreed, onUndone, failed } = options;
  let waiting: Entry[] = [];
  let scheduled = false;
  let closed = false;

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (waiting.length > 0) commit(nextGroup());
      if (waiting.length > 0) schedule();
    });
  };

  const nextGroup = (): readonly Entry[] => {
    let bytes = 0;
    const end = waiting.findIndex((entry, index) => {
      bytes += entry.bytes;
      return index > 0 && bytes > GROUP_BYTES;
    });
    const group = end === -1 ? waiting : waiting.slice(0, end);
    waiting = waiting.slice(group.length);
    return group;
  };

  const attempt = (group: readonly Entry[]): Failure | undefined => {
    const failure = transact(database, group);
    if (failure !== undefined) onUndone();
    return failure;
  };

  const commit = (group: readonly Entry[]): void => {
    const failure = attempt(group);
    if (failure === undefined) {
      if (group.some((entry) => entry.frees)) onFreed();
      return;
    }
    const freeing = isDiskFull(failure.cause) ? group.filter((entry) => entry.frees) : [];
    refuse(
      group.filter((entry) => !freeing.includes(entry)),
      failure,
    );
    if (freeing.length > 0) commitOnFullDisk(freeing);
  };

  const commitOnFullDisk = (freeing: readonly Entry[]): void => {
    onDiskFull();
    const failure = attempt(freeing);
    if (failure !== undefined) refuse(freeing, failure);
    onFreed();
  };

  const refuse = (group: readonly Entry[], { cause }: Failure): void => {
    if (group.length === 0) return;
    const error = failed(cause);
    for (const entry of group) entry.reject(error);
  };

  return {
    run<T>(job: Job<T>) {
      return new Promise<T>((resolve, reject) => {
        if (closed) {
          reject(closedError(path));
          return;
        }
        waiting.push(entryOf(job, resolve, reject));
        schedule();
      });
    },
    close() {
      closed = true;
      while (waiting.length > 0) commit(nextGroup());
    },
  };
}

function entryOf<T>(
  { work, bytes, frees }: Job<T>,
  resolve: (value: T) => void,
  reject: (error: GatewayError) => void,
): Entry {
  return {
    bytes,
    frees,
    reject,
    attempt() {
      try {
        const value = work();
        return () => resolve(value);
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        return () => reject(error);
      }
    },
  };
}

interface Failure {
  readonly cause: unknown;
}

/** Settles the group after the commit; returns a failure when nothing was done and nobody told. */
function transact(database: DatabaseSync, group: readonly Entry[]): Failure | undefined {
  const settlements: (() => void)[] = [];
  try {
    database.exec("BEGIN IMMEDIATE");
    for (const entry of group) settlements.push(entry.attempt());
    database.exec("COMMIT");
  } catch (cause) {
    rollback(database);
    return { cause };
  }
  for (const settle of settlements) settle();
  return undefined;
}

function rollback(database: DatabaseSync): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // A full disk makes SQLite roll back by itself.
  }
}
