import { Observable } from "rxjs";
import type { Reading } from "../../core/reading.ts";
import type { Tag } from "../../core/tag.ts";
import type { GatewayError } from "../../errors.ts";
import { requireKnown, requirePositive } from "../../math/range-checks.ts";
import type { Source } from "../source.ts";
import { statusBoard } from "../status-board.ts";
import { type OpenTraceOptions, openTrace } from "./open-trace.ts";
import { createReplayPace, type ReplayPace } from "./replay-pace.ts";

export interface TraceSourceOptions extends OpenTraceOptions {
  /** @defaultValue `trace ` and the path */
  readonly name?: string;
  /**
   * Multiple of real time: 1 replays as recorded, 60 a minute in a second.
   * @defaultValue as fast as the file can be read
   */
  readonly speed?: number;
}

/**
 * Replays a recording (`*.csv` or `*.jsonl`, also with `.gz`, see {@link openTrace}) as if its equipment were there.
 *
 * The readings keep their recorded times at any `speed`, and come in the order of the file; those of a CSV row in column
 * order. Without `speed` up to 256 lines are delivered in one turn of the event loop, so
 * timers and sockets go on beside it, and a gateway holds the file back when its models cannot keep up; any other slow subscriber
 * should pull from `openTrace` instead. `tags` reads the head of the file synchronously when it is first asked for, and throws what
 * `openTrace` throws.
 *
 * Delivery: every subscriber gets all readings of the file, once each. `readings` ends with the file, and fails with
 * `TRACE_INVALID`, `FILE_UNREADABLE` or `CONFIG_INVALID` (`ignore`); what stood before the wrong line is delivered first.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` when `speed` is not a number above zero.
 */
export function traceSource(path: string, options: TraceSourceOptions = {}): Source {
  requireKnown("traceSource", options, ["name", "ignore", "speed"]);
  const { name = `trace ${path}`, speed } = options;
  if (speed !== undefined) requirePositive("traceSource", { speed });

  const board = statusBoard(Date.now);
  let tags: readonly Tag[] | undefined;
  let held: Promise<unknown> | undefined;

  return {
    name,
    get tags() {
      tags ??= openTrace(path, options).tags;
      return tags;
    },
    status: board.status,
    ...(speed === undefined && {
      hold(until) {
        held = until;
      },
    }),
    readings: new Observable((subscriber) => {
      const stop = new AbortController();
      const pen = board.open();
      const deliver = (reading: Reading) => {
        if (reading.quality !== "bad") pen.say("live");
        subscriber.next(reading);
      };
      replay(path, options, deliver, () => held, stop.signal).then(
        () => {
          if (stop.signal.aborted) return;
          pen.say("ended");
          subscriber.complete();
        },
        (error: GatewayError) => {
          if (stop.signal.aborted) return;
          pen.say("failed", { error });
          subscriber.error(error);
        },
      );
      return () => {
        stop.abort();
        pen.close();
      };
    }),
  };
}

/** Resolves at the end of the file, or soon after `signal` aborts; the file is let go either way. */
async function replay(
  path: string,
  { ignore = [], speed }: TraceSourceOptions,
  deliver: (reading: Reading) => void,
  held: () => Promise<unknown> | undefined,
  signal: AbortSignal,
): Promise<void> {
  const pace: ReplayPace = speed === undefined ? () => undefined : createReplayPace(speed, signal);
  for await (const readings of openTrace(path, { ignore }).chunks) {
    await new Promise((resolve) => setImmediate(resolve));
    await held();
    await deliverAll(readings, pace, deliver, signal);
    if (signal.aborted) return;
  }
}

async function deliverAll(
  readings: readonly Reading[],
  pace: ReplayPace,
  deliver: (reading: Reading) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const reading of readings) {
    const due = pace(reading.timeMs);
    if (due !== undefined) await due; // awaiting nothing would still cost a pause for every reading
    if (signal.aborted) return;
    deliver(reading);
  }
}
