import { Observable, type Subscriber } from "rxjs";
import type { GatewayError } from "../../errors.ts";
import type { SourceUpdate } from "../source-update.ts";
import type { Trouble } from "../trouble-list.ts";
import { badReadings, type LineItem, readAnswer } from "./line-item.ts";
import type { LineSchedule, Poll, Turn } from "./line-schedule.ts";
import type { ModbusClient, ModbusLine, ModbusRead, ModbusTarget } from "./modbus-client.ts";
import {
  connectFailure,
  exceptionCode,
  isRefusal,
  isSilence,
  isUnreachable,
  leftAlone,
  NO_ANSWER,
  requestFailure,
} from "./modbus-failure.ts";

export interface PollLineOptions {
  readonly target: ModbusTarget;
  readonly retryRefusedMs: number;
  readonly pauseMs: (unitId: number) => number;
  readonly client: (target: ModbusTarget) => ModbusClient | Promise<ModbusClient>;
}

/**
 * So many requests in a row without any answer mean that the connection is dead, whatever the socket says: unless it has
 * given answers and all of these were asked of units in doubt.
 */
const SILENCES_OF_A_DEAD_LINE = 3;

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
    const sleep = createSleep();
    const stuck = createStuckGuard((error) => subscriber.error(error));
    let close = (): void => {};
    const run = async (): Promise<void> => {
      const client = await options.client(options.target); // loading the library is not the device's time
      if (subscriber.closed) return client.close();
      close = () => client.close();
      await connect(options.target, client);
      await poll({ ...options, schedule, clock, sleep, stuck }, client, subscriber);
    };
    run().catch((cause: unknown) => subscriber.error(cause));
    return () => {
      sleep.end();
      stuck.end();
      close();
    };
  });
}

async function connect(target: ModbusTarget, client: ModbusClient): Promise<void> {
  try {
    await within(target.timeoutMs, client.connect());
  } catch (cause) {
    throw connectFailure(target, cause);
  }
}

interface Polling extends PollLineOptions {
  readonly schedule: LineSchedule<LineItem>;
  readonly clock: () => number;
  readonly sleep: Sleep;
  readonly stuck: StuckGuard;
}

async function poll(
  polling: Polling,
  client: ModbusClient,
  subscriber: Subscriber<SourceUpdate>,
): Promise<void> {
  const { schedule, pauseMs, sleep } = polling;
  const handle = handler(polling, (update) => subscriber.next(update));
  schedule.restart(performance.now());
  while (!subscriber.closed) {
    const turn = schedule.next(performance.now());
    if ("waitMs" in turn) {
      await sleep.for(Math.ceil(turn.waitMs)); // a timer that fires early would only be set anew
      continue;
    }
    await handle(turn, client);
    const restMs = pauseMs(turn.poll.unit.id);
    if (restMs > 0) await sleep.for(restMs);
  }
}

type Asking = Exclude<Turn<LineItem>, { waitMs: number }>;

/** Asks, and tells what came of it. The promise rejects when the connection is of no more use. */
function handler(polling: Polling, tell: (update: SourceUpdate) => void) {
  const { target, schedule, retryRefusedMs, clock, stuck } = polling;
  const { line } = target;
  let silences = 0; // in a row
  let isLineInDoubt = true; // no answer yet, or the first of the silences was a trusted unit's

  const blame = (items: readonly LineItem[], trouble: Trouble, code?: number): void =>
    tell({ readings: badReadings(items, clock(), code), trouble });

  const fail = (asked: Poll<LineItem>, cause: unknown, timeoutMs: number): void => {
    const isAlone = exceptionCode(cause) !== undefined;
    const failure = schedule.failed(asked, performance.now(), isAlone);
    const error = requestFailure(line, asked.request, cause, timeoutMs);
    const { quarantineMs, items } = failure;
    const told = quarantineMs === undefined ? error : leftAlone(error, quarantineMs);
    blame(items, { part: `unit ${asked.unit.id}`, error: told }, exceptionCode(cause));
  };

  const refuse = (asked: Poll<LineItem>, cause: unknown, code: number, timeoutMs: number): void => {
    const nowMs = performance.now();
    schedule.answered(asked, nowMs);
    const { items } = asked.request;
    if (maySplit(code) && items.length > 1) {
      schedule.split(asked, nowMs);
      return;
    }
    if (isRefusal(code)) schedule.rest(asked, nowMs + retryRefusedMs);
    const error = requestFailure(line, asked.request, cause, timeoutMs);
    const part = items.length === 1 ? `tag ${items[0]?.name}` : `unit ${asked.unit.id}`;
    blame(items, { part, error }, code);
  };

  const recover = ({ poll: asked, timeoutMs }: Asking, cause: unknown): void => {
    const code = exceptionCode(cause);
    if (code !== undefined) {
      silences = 0;
      isLineInDoubt = false;
      if (isUnreachable(code)) fail(asked, cause, timeoutMs);
      else refuse(asked, cause, code, timeoutMs);
      return;
    }
    if (silences === 0) isLineInDoubt ||= asked.unit.failures === 0;
    silences += 1;
    const isSilent = isSilence(cause);
    if (isSilent) fail(asked, cause, timeoutMs);
    if (!isSilent || (silences >= SILENCES_OF_A_DEAD_LINE && isLineInDoubt)) {
      throw requestFailure(line, asked.request, cause, timeoutMs);
    }
  };

  return async (turn: Asking, client: ModbusClient): Promise<void> => {
    const { poll: asked, timeoutMs, skipped } = turn;
    for (let left = skipped; left > 0; left -= 1) tell({ count: "skippedPolls" });
    let words: ArrayLike<number>;
    try {
      stuck.begin(line, asked.request, timeoutMs);
      words = await client.read(asked.request, timeoutMs);
    } catch (cause) {
      return recover(turn, cause);
    } finally {
      stuck.over();
    }
    silences = 0;
    isLineInDoubt = false;
    schedule.answered(asked, performance.now());
    for (const update of readAnswer(line, asked.request, words, clock())) tell(update);
  };
}

/** One address that does not exist makes the device refuse the whole request, and so does one register too many. */
function maySplit(code: number): boolean {
  return code === 2 || code === 3;
}

/** Gives up a read that never settles. One timer serves all reads of a connection. */
interface StuckGuard {
  begin(line: ModbusLine, request: ModbusRead, timeoutMs: number): void;
  over(): void;
  end(): void;
}

/** A client settles within three times its time-out, see {@link ModbusClient.read}. */
const LONGEST_READ = 3;
const LOOK_MS = 5000;

function createStuckGuard(giveUp: (error: GatewayError) => void): StuckGuard {
  let pending: (() => GatewayError) | undefined;
  let untilMs = 0;
  const timer = setInterval(() => {
    if (pending && performance.now() > untilMs) giveUp(pending());
  }, LOOK_MS);
  return {
    begin(line, request, timeoutMs) {
      untilMs = performance.now() + LONGEST_READ * timeoutMs + LOOK_MS;
      pending = () => requestFailure(line, request, NO_ANSWER, timeoutMs);
    },
    over() {
      pending = undefined;
    },
    end: () => clearInterval(timer),
  };
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(NO_ANSWER), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

interface Sleep {
  for(ms: number): Promise<void>;
  /** Wakes up whoever sleeps. */
  end(): void;
}

function createSleep(): Sleep {
  let wake = (): void => {};
  return {
    for: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    end: () => wake(),
  };
}
