import type { GatewayError } from "../../errors.ts";
import type { OutboxStatus, SetAsideFile } from "../outbox.ts";

/** Knows whether the disk refuses, says so, and tries again. */
export interface DiskWatch {
  isRefusing(): boolean;
  /** Says that the disk has refused. */
  refused(error: GatewayError): void;
  /** Says that it takes everything again. */
  recovered(): void;
  /** Says that a file had to go. */
  setAside(file: SetAsideFile): void;
  status(): Omit<OutboxStatus, "sheltered">;
  stop(): void;
}

/** Between two attempts when nobody appends anything. */
const RETRY_MS = 2000;

export function diskWatch(path: string, tryAgain: () => void): DiskWatch {
  let status: OutboxStatus = { state: "durable" };
  let setAside: readonly SetAsideFile[] = [];
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
    setAside(file) {
      setAside = [...setAside, file];
    },
    status: () => ({ ...status, ...(setAside.length > 0 && { setAside }) }),
    stop() {
      clearTimeout(timer);
    },
  };
}
