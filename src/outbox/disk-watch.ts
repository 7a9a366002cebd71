import type { GatewayError } from "../errors.ts";

/** Whether what is appended is safe. */
export interface OutboxStatus {
  /** `memory`: the disk refuses, and what is appended is lost when the process ends. */
  readonly state: "durable" | "memory";
  /** Since when, in epoch milliseconds; in `memory` only. */
  readonly sinceMs?: number;
  /** Why; in `memory` only. */
  readonly error?: GatewayError;
}

/** Knows whether the disk refuses, says so, and tries again. */
export interface DiskWatch {
  isRefusing(): boolean;
  /** Says that the disk has refused. */
  refused(error: GatewayError): void;
  /** Says that it takes everything again. */
  recovered(): void;
  status(): OutboxStatus;
  stop(): void;
}

/** Between two attempts when nobody appends anything. */
const RETRY_MS = 2000;

export function diskWatch(path: string, tryAgain: () => void): DiskWatch {
  let status: OutboxStatus = { state: "durable" };
  let timer: NodeJS.Timeout | undefined;

  const schedule = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      tryAgain();
    }, RETRY_MS).unref();
  };

  return {
    isRefusing: () => status.state === "memory",
    refused(error) {
      if (status.state === "durable") {
        process.emitWarning(
          `${error.message}; messages wait in memory, and are lost when the process ends`,
          { code: "WHEELTAPPER_OUTBOX_IN_MEMORY", detail: path },
        );
      }
      status = { state: "memory", sinceMs: status.sinceMs ?? Date.now(), error };
      schedule();
    },
    recovered() {
      clearTimeout(timer);
      timer = undefined;
      status = { state: "durable" };
    },
    status: () => status,
    stop() {
      clearTimeout(timer);
    },
  };
}
