import { Observable } from "rxjs";
import type { SourceUpdate } from "../../source-update.ts";
import type { ModbusClient, ModbusTarget } from "../modbus-client.ts";
import { connectFailure, NO_ANSWER } from "../modbus-failure.ts";
import { type Asking, lineDialogue } from "./line-dialogue.ts";
import type { LineItem } from "./line-item.ts";
import type { LineSchedule } from "./line-schedule.ts";
import { stuckRead } from "./stuck-read.ts";

export interface PollLineOptions {
  readonly target: ModbusTarget;
  readonly retryRefusedMs: number;
  readonly pauseMs: (unitId: number) => number;
  readonly client: (target: ModbusTarget) => ModbusClient | Promise<ModbusClient>;
}

/**
 * One connection to a line: asks for what the schedule says, one request at a time.
 *
 * What the schedule has learnt of requests that are too long or have holes outlives the connection.
 */
export function pollLine(
  options: PollLineOptions,
  schedule: LineSchedule<LineItem>,
  clock: () => number,
): Observable<SourceUpdate> {
  return new Observable((subscriber) => {
    const { line } = options.target;
    const sleep = createSleep();
    const fail = (error: unknown): void => subscriber.error(error);
    let end = (): void => {};
    const run = async (): Promise<void> => {
      const client = await options.client(options.target); // loading the library is not the device's time
      if (subscriber.closed) return client.close();
      const stuck = stuckRead(client, line, fail);
      end = () => {
        stuck.end();
        client.close();
      };
      await connect(options.target, client);
      const { retryRefusedMs, pauseMs } = options;
      const tell = (update: SourceUpdate): void => subscriber.next(update);
      const take = lineDialogue({ read: stuck.read, line, schedule, retryRefusedMs, clock, tell });
      await poll(schedule, take, pauseMs, sleep);
    };
    run().catch(fail);
    return () => {
      sleep.end();
      end();
    };
  });
}

async function connect(target: ModbusTarget, client: ModbusClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(NO_ANSWER), target.timeoutMs);
  });
  try {
    await Promise.race([client.connect(), tooLate]);
  } catch (cause) {
    throw connectFailure(target, cause);
  } finally {
    clearTimeout(timer);
  }
}

async function poll(
  schedule: LineSchedule<LineItem>,
  take: (turn: Asking) => Promise<void>,
  pauseMs: (unitId: number) => number,
  sleep: Sleep,
): Promise<void> {
  schedule.restart(performance.now());
  while (!sleep.isOver()) {
    const turn = schedule.next(performance.now());
    if ("waitMs" in turn) {
      await sleep.for(turn.waitMs);
      continue;
    }
    await take(turn);
    const restMs = pauseMs(turn.poll.unit.id);
    if (restMs > 0) await sleep.for(restMs);
  }
}

interface Sleep {
  for(ms: number): Promise<void>;
  /** Wakes up whoever sleeps, for good. */
  end(): void;
  isOver(): boolean;
}

function createSleep(): Sleep {
  let wake = (): void => {};
  let isOver = false;
  return {
    for: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, Math.ceil(ms)); // rounded down, it would end before its time
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    end() {
      isOver = true;
      wake();
    },
    isOver: () => isOver,
  };
}
