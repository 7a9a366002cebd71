import { Worker } from "node:worker_threads";
import { createLock, type NativeLock, takeLock } from "../native-lock.ts";
import type { WorkerScript } from "./worker-script.ts";

/** Longest wait for a native call of a thread that is to end; after that it is ended anyway. */
const WAIT_MS = 10_000;

/** A thread that may be ended without bringing the process down. */
export interface Thread {
  readonly worker: Worker;
  /** Waits, on this thread too, for the native call that is under way. */
  terminate(): Promise<number>;
}

/** What every script of ours is given, besides its own. */
export interface ThreadData {
  readonly lock: NativeLock;
}

const locks = new Set<NativeLock>();

/** Starts a script that makes its native calls under the lock in its `workerData`. Also `process.exit` waits for them. */
export function startThread(
  { path, execArgv }: WorkerScript,
  name: string,
  data: object,
  transferList: ArrayBuffer[] = [],
): Thread {
  const lock = createLock();
  const workerData = { ...data, lock } satisfies ThreadData;
  const options = { name, workerData, transferList, ...(execArgv && { execArgv }) };
  const worker = new Worker(path, options);
  if (locks.size === 0) process.on("exit", takeAll);
  locks.add(lock);
  worker.on("exit", () => {
    locks.delete(lock);
    if (locks.size === 0) process.off("exit", takeAll);
  });
  return {
    worker,
    terminate() {
      if (locks.has(lock)) takeLock(lock, WAIT_MS);
      return worker.terminate();
    },
  };
}

function takeAll(): void {
  for (const lock of locks) takeLock(lock, WAIT_MS);
}
