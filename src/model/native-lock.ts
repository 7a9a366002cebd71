/**
 * Node ends a thread at any step of its JavaScript. When ONNX Runtime is at work there, it finds no JavaScript to come back to, and brings the
 * whole process down (onnxruntime-node 1.30: SIGABRT). So a thread holds this lock while native code runs, and who ends the thread takes
 * the lock before, and keeps it: the thread then waits in JavaScript for its end. One 32-bit number in shared memory: 0 free, 1 held.
 */
export type NativeLock = Int32Array;

const [FREE, HELD] = [0, 1];

export function createLock(): NativeLock {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** @returns whether the lock is taken; it is not when `waitMs` passed before */
export function takeLock(lock: NativeLock, waitMs: number = Number.POSITIVE_INFINITY): boolean {
  const untilMs = performance.now() + waitMs;
  while (Atomics.compareExchange(lock, 0, FREE, HELD) === HELD) {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return false;
    Atomics.wait(lock, 0, HELD, leftMs);
  }
  return true;
}

let ownLock: NativeLock | undefined;
let calls = 0;

/** Holds this lock during all native calls of this thread from now on. */
export function lockNativeCalls(lock: NativeLock): void {
  ownLock = lock;
}

/** Makes a native call; where this thread has no lock, there is nothing to hold. */
export function nativeCall<T>(call: () => Promise<T>): Promise<T> {
  return ownLock === undefined ? call() : lockedCall(ownLock, call);
}

async function lockedCall<T>(lock: NativeLock, call: () => Promise<T>): Promise<T> {
  if (calls === 0) takeLock(lock);
  calls += 1;
  try {
    return await call();
  } finally {
    calls -= 1;
    if (calls === 0) freeLock(lock);
  }
}

function freeLock(lock: NativeLock): void {
  Atomics.store(lock, 0, FREE);
  Atomics.notify(lock, 0);
}
