import { GatewayError } from "../../errors.ts";
import type { TrainingJob } from "../learn-model.ts";
import { loadRuntime } from "../runtime.ts";
import { unpackError } from "./portable-error.ts";
import { startThread } from "./start-thread.ts";
import { type TrainingCompany, trainHere } from "./train-here.ts";
import type { WorkerMessage, WorkerOrder } from "./worker-message.ts";
import { findWorkerScript, type WorkerScript } from "./worker-script.ts";

/** Time that an aborted thread gets to stop by itself, which it does between two batches. */
const GRACE_MS = 5_000;

/**
 * Learns a model in a thread of its own, so that this one goes on reading and scoring meanwhile. The result is the
 * same, byte for byte, as on this thread.
 *
 * The arrays of the job are given away: they are empty afterwards. Where the thread's script is missing, because a
 * bundler made one file of everything, training runs on this thread and gives way after every few batches.
 *
 * @throws what learning throws, as the same GatewayError; the signal's reason when aborted; GatewayError
 * `DEPENDENCY_MISSING` when ONNX Runtime does not load on this machine, `TRAINING_FAILED` when the thread dies
 */
export function trainInWorker(job: TrainingJob, company: TrainingCompany): Promise<Uint8Array> {
  const script = findWorkerScript("training", import.meta.url);
  return script === undefined ? trainHere(job, company) : runWorker(script, job, company);
}

/** As {@link trainInWorker}, with this script. */
export async function runWorker(
  script: WorkerScript,
  job: TrainingJob,
  { onProgress, signal, checkpointPath }: TrainingCompany,
  graceMs: number = GRACE_MS,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  await loadRuntime(); // a native library that only a worker has loaded is unloaded with it, under the threads that it may still run
  signal?.throwIfAborted();
  const order: WorkerOrder = { job, checkpointPath };
  const { worker, terminate } = startThread(script, "training", order, buffersOf(job));
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  /** What comes of it is told when the thread has ended, so that nothing of it is left. */
  let settle: (() => void) | undefined;
  let grace: NodeJS.Timeout | undefined;
  const stop = (reason: unknown): void => {
    settle ??= () => reject(reason);
    worker.postMessage("stop");
    grace ??= setTimeout(() => void terminate(), graceMs).unref();
  };
  const onAbort = (): void => stop(signal?.reason);
  signal?.addEventListener("abort", onAbort);

  worker.on("message", (message: WorkerMessage) => {
    switch (message.type) {
      case "progress":
        return attempt(() => onProgress(message.progress), stop);
      case "learnt":
        settle ??= () => resolve(message.model);
        return;
      case "failed":
        settle ??= () => reject(unpackError(message.error));
    }
  });
  worker.on("error", (cause) => {
    settle ??= () => reject(died("by an error", cause));
  });
  worker.on("exit", (code) => {
    signal?.removeEventListener("abort", onAbort);
    clearTimeout(grace);
    settle ??= () => reject(died(`with exit code ${code}`));
    settle();
  });
  return promise;
}

function attempt(work: () => void, onError: (error: unknown) => void): void {
  try {
    work();
  } catch (error) {
    onError(error);
  }
}

/** The memory under the arrays of a job, to be handed over instead of copied. */
function buffersOf(job: object): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const collect = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer) buffers.add(value.buffer);
    } else if (typeof value === "object" && value !== null) {
      Object.values(value).forEach(collect);
    }
  };
  collect(job);
  return [...buffers];
}

function died(how: string, cause?: unknown): GatewayError {
  return new GatewayError("TRAINING_FAILED", `the training thread ended ${how}, without a model`, {
    cause,
    retryable: true,
    hint: "Look at the cause; when memory ran out, train on less data or a shorter window.",
  });
}
