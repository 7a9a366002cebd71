// The thread that `openWorkerSession` starts: it answers every question, one at a time.
import { parentPort, workerData } from "node:worker_threads";
import { lockNativeCalls } from "../native-lock.ts";
import { openSession } from "../runtime.ts";
import { packError } from "./portable-error.ts";
import type { ScoringAnswer, ScoringOrder, ScoringQuestion } from "./scoring-message.ts";
import { ownTensors, sharedTensors } from "./shared-tensors.ts";
import type { ThreadData } from "./start-thread.ts";

const { bytes, name, settings, lock } = workerData as ScoringOrder & ThreadData;
lockNativeCalls(lock);
const opening = openSession(bytes, name, settings);
opening.catch(() => {}); // every answer tells
const share = sharedTensors();

async function answer(question: ScoringQuestion): Promise<ScoringAnswer> {
  const session = await opening;
  if (question.type === "describe") {
    return { type: "described", inputs: session.inputs, outputs: session.outputs };
  }
  return { type: "ran", results: share(await session.run(ownTensors(question.feeds))) };
}

const failed = (error: unknown): ScoringAnswer => ({ type: "failed", error: packError(error) });

parentPort?.on("message", (question: ScoringQuestion) => {
  void answer(question)
    .catch(failed)
    .then((said) => parentPort?.postMessage(said));
});
