// The thread that `trainInWorker` starts. It is told nothing but to stop, by a message of any kind.
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { lockNativeCalls } from "../native-lock.ts";
import { packError } from "./portable-error.ts";
import type { ThreadData } from "./start-thread.ts";
import { trainHere } from "./train-here.ts";
import type { WorkerMessage, WorkerOrder } from "./worker-message.ts";

const controller = new AbortController();
const { job, checkpointPath, lock } = workerData as WorkerOrder & ThreadData;

function say(message: WorkerMessage, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

/** Reading and scoring go first. On Linux the priority is that of the calling thread, elsewhere of the whole process. */
function giveWay(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not allowed here: training then shares the cores evenly.
  }
}

giveWay();
lockNativeCalls(lock);
parentPort?.once("message", () => controller.abort());
try {
  const learnt = await trainHere(job, {
    onProgress: (progress) => say({ type: "progress", progress }),
    signal: controller.signal,
    checkpointPath,
  });
  const model = new Uint8Array(learnt); // in memory of its own, which may be given away
  say({ type: "learnt", model }, [model.buffer]);
} catch (error) {
  say({ type: "failed", error: packError(error) });
}
parentPort?.close();
