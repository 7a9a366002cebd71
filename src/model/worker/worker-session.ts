import { GatewayError } from "../../errors.ts";
import { loadRuntime, type OnnxSession } from "../runtime.ts";
import { unpackError } from "./portable-error.ts";
import type { ScoringAnswer, ScoringOrder, ScoringQuestion } from "./scoring-message.ts";
import { type ScoringThread, startScoringThread, type ThreadDeath } from "./scoring-thread.ts";
import { copyTensor, mapTensors, sharedTensors, type Tensors } from "./shared-tensors.ts";
import type { WorkerScript } from "./worker-script.ts";

/** Threads that may die of one run: it may be the run that kills them. */
const MAX_DEATHS = 3;

/**
 * Opens a session whose runs are made in a thread of its own, one after the other in the order in which they were asked for; this thread only
 * copies what goes in and comes out. The thread keeps the process alive only during a run. When it dies, another one takes its place
 * and does the run again, so that each run has one result.
 *
 * Leave the arrays of a run alone until it is over. `release` waits for the runs that were asked for; later ones are refused.
 *
 * @throws what opening a session throws; GatewayError `SCORING_FAILED` when the thread dies three times before it is open, or in one run
 */
export async function openWorkerSession(
  script: WorkerScript,
  order: ScoringOrder,
): Promise<OnnxSession> {
  await loadRuntime(); // a native library that only a worker has loaded is unloaded with it, under the threads that it may still run
  const inTurn = oneAtATime();
  const share = sharedTensors();
  let thread: ScoringThread | undefined;
  let isReleased = false;

  const ask = async (question: ScoringQuestion): Promise<ScoringAnswer> => {
    for (let deaths = 1; ; deaths += 1) {
      if (!thread?.isAlive()) thread = startScoringThread(script, order);
      const answer = await thread.ask(question);
      if (answer.type !== "died") return answer;
      if (deaths === MAX_DEATHS) throw failure(order.name, answer);
    }
  };
  const end = async (): Promise<void> => {
    await thread?.end();
  };

  const description = await ask({ type: "describe" }).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  if (description.type !== "described") {
    await end();
    throw problemOf(description);
  }
  const { inputs, outputs } = description;
  return {
    inputs,
    outputs,
    run(feeds, targets) {
      if (isReleased) return Promise.reject(new Error("the session was released"));
      return inTurn(async () => {
        const answer = await ask({ type: "run", feeds: share(feeds) });
        if (answer.type !== "ran") throw problemOf(answer);
        return keep(answer.results, targets);
      });
    },
    release() {
      isReleased = true;
      return inTurn(end);
    },
  };
}

/** Takes results out of the shared memory before the next run writes over them. */
function keep(results: Tensors, targets: Tensors = {}): Tensors {
  return mapTensors(results, ({ data, dimensions }, name) => {
    const target = targets[name];
    if (target === undefined) return { data: data.slice(), dimensions };
    if (String(target.dimensions) !== String(dimensions)) {
      throw new Error(
        `${name}: expected a target of the shape [${dimensions}], got [${target.dimensions}]`,
      );
    }
    copyTensor(data, target.data);
    return target;
  });
}

function problemOf(answer: ScoringAnswer): Error {
  return answer.type === "failed"
    ? unpackError(answer.error)
    : new Error(`the scoring thread answered with "${answer.type}"`);
}

function failure(name: string, { how, cause }: ThreadDeath): GatewayError {
  return new GatewayError(
    "SCORING_FAILED",
    `${name}: the scoring thread ended ${how}, ${MAX_DEATHS} times in a row`,
    { cause, hint: "Look at the cause; when memory ran out, score smaller batches." },
  );
}

function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}
