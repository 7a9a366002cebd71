import type { ScoringAnswer, ScoringOrder, ScoringQuestion } from "./scoring-message.ts";
import { startThread } from "./start-thread.ts";
import type { WorkerScript } from "./worker-script.ts";

/** The end of a thread that owed an answer. */
export interface ThreadDeath {
  readonly type: "died";
  readonly how: string;
  readonly cause: unknown;
}

/** One life of a thread that scores. */
export interface ScoringThread {
  /** Never rejects. Ask again only after the answer. */
  ask(question: ScoringQuestion): Promise<ScoringAnswer | ThreadDeath>;
  isAlive(): boolean;
  /** Resolves when nothing of it is left. */
  end(): Promise<unknown>;
}

/** Starts a thread that keeps the process alive only while it owes an answer. */
export function startScoringThread(script: WorkerScript, order: ScoringOrder): ScoringThread {
  const { worker, terminate } = startThread(script, "scoring", order);
  let isAlive = true;
  let cause: unknown;
  let settle: ((answer: ScoringAnswer | ThreadDeath) => void) | undefined;
  const reply = (answer: ScoringAnswer | ThreadDeath): void => {
    worker.unref();
    settle?.(answer);
    settle = undefined;
  };
  worker.on("message", reply);
  worker.on("error", (error) => {
    cause = error;
  });
  worker.on("exit", (code) => {
    isAlive = false;
    const how = cause === undefined ? `with exit code ${code}` : "by an error";
    reply({ type: "died", how, cause });
  });
  worker.unref();
  return {
    ask(question) {
      const { promise, resolve } = Promise.withResolvers<ScoringAnswer | ThreadDeath>();
      settle = resolve;
      worker.ref();
      worker.postMessage(question);
      return promise;
    },
    isAlive: () => isAlive,
    end: terminate,
  };
}
