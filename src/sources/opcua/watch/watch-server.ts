import {
  catchError,
  concatMap,
  defer,
  map,
  merge,
  NEVER,
  type Observable,
  Subject,
  startWith,
  switchMap,
  timeout,
  timer,
  using,
} from "rxjs";
import type { SourceUpdate } from "../../source-update.ts";
import type { OpcuaClient, OpcuaTarget } from "../opcua-client.ts";
import { linkFailure } from "../opcua-failure.ts";
import { pollNodes } from "./poll-nodes.ts";
import { watchNodes } from "./watch-nodes.ts";
import type { LinkEvents, WatchMemory, WatchServerOptions } from "./watch-options.ts";

/**
 * One session: monitors or polls all nodes for as long as the server lets itself be heard.
 *
 * The client mends a short break by itself, which keeps what the server has queued. Whether it succeeded is not believed but heard: after
 * `silenceMs` without a word this fails, and everything is made anew.
 */
export function watchServer(
  options: WatchServerOptions,
  memory: WatchMemory,
): Observable<SourceUpdate> {
  // Loading the library is not the server's time.
  return defer(async () => options.client(options.target)).pipe(
    concatMap((client) =>
      using(
        () => ({ unsubscribe: () => void client.close() }),
        () => watch(options, client, memory),
      ),
    ),
  );
}

function watch(
  options: WatchServerOptions,
  client: OpcuaClient,
  memory: WatchMemory,
): Observable<SourceUpdate> {
  const { target, timeoutMs } = options;
  const follow = target.mode === "poll" ? pollNodes : watchNodes;
  const events: LinkEvents = {
    heard: new Subject(),
    lost: new Subject(),
    mended: new Subject(),
    broken: new Subject(),
  };
  const connect = () =>
    client.connect({
      heard: () => events.heard.next(),
      lost: (cause) => events.lost.next(cause),
      mended: () => events.mended.next(),
      broken: (cause) => events.broken.next(cause),
    });
  return defer(connect).pipe(
    timeout(timeoutMs),
    concatMap((agreed) =>
      merge(
        watchLink(target, events, Math.max(target.silenceMs, 2 * agreed.keepAliveMs)),
        follow(options, client, events, memory, agreed),
      ),
    ),
    catchError((cause: unknown) => {
      throw linkFailure(target, cause, timeoutMs);
    }),
  );
}

function watchLink(
  target: OpcuaTarget,
  { heard, lost, broken }: LinkEvents,
  silenceMs: number,
): Observable<SourceUpdate> {
  const silent = heard.pipe(
    startWith(undefined),
    switchMap(() => (Number.isFinite(silenceMs) ? timer(silenceMs) : NEVER)), // polls have a time-out of their own
    map(() => new Error(`neither data nor keep-alive for ${silenceMs} ms`)),
  );
  return merge(
    lost.pipe(map((cause) => ({ lost: linkFailure(target, cause) }))),
    merge(broken, silent).pipe(
      map((cause) => {
        throw cause;
      }),
    ),
  );
}
