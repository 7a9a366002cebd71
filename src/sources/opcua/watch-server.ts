import {
  catchError,
  concatMap,
  defer,
  exhaustMap,
  filter,
  ignoreElements,
  interval,
  map,
  merge,
  type Observable,
  Subject,
  startWith,
  switchMap,
  take,
  tap,
  timeout,
  timer,
  using,
} from "rxjs";
import type { SourceUpdate } from "../source-update.ts";
import { nodeStates } from "./node-states.ts";
import type { OpcuaClient, OpcuaTarget, OpcuaValue } from "./opcua-client.ts";
import { linkFailure } from "./opcua-failure.ts";
import type { OpcuaTag } from "./opcua-tag.ts";

export interface WatchServerOptions {
  readonly target: OpcuaTarget;
  readonly tags: readonly OpcuaTag[];
  readonly timeoutMs: number;
  readonly retryRefusedMs: number;
  readonly client: (target: OpcuaTarget) => OpcuaClient | Promise<OpcuaClient>;
}

/** What the client tells by itself. */
interface LinkEvents {
  readonly heard: Subject<void>;
  readonly lost: Subject<Error>;
  readonly mended: Subject<void>;
  readonly broken: Subject<Error>;
}

/**
 * One session: monitors all nodes for as long as the server lets itself be heard.
 *
 * The client mends a short break by itself, which keeps what the server has queued. Whether it succeeded is not believed but heard: after
 * `silenceMs` without a word this fails, and everything is made anew.
 */
export function watchServer(
  options: WatchServerOptions,
  clock: () => number,
): Observable<SourceUpdate> {
  // Loading the library is not the server's time.
  return defer(async () => options.client(options.target)).pipe(
    concatMap((client) =>
      using(
        () => ({ unsubscribe: () => void client.close() }),
        () => watch(options, client, clock),
      ),
    ),
  );
}

function watch(
  options: WatchServerOptions,
  client: OpcuaClient,
  clock: () => number,
): Observable<SourceUpdate> {
  const { target, timeoutMs } = options;
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
    concatMap(({ keepAliveMs }) =>
      merge(
        watchLink(target, events, Math.max(target.silenceMs, 2 * keepAliveMs)),
        watchNodes(options, client, events, clock),
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
    switchMap(() => timer(silenceMs)),
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

function watchNodes(
  { target, tags, timeoutMs, retryRefusedMs }: WatchServerOptions,
  client: OpcuaClient,
  { heard, lost, mended }: LinkEvents,
  clock: () => number,
): Observable<SourceUpdate> {
  const values = new Subject<SourceUpdate>();
  const nodes = nodeStates(target, tags, clock);
  let isLost = false;

  const monitor = (wanted: readonly OpcuaTag[]): Observable<SourceUpdate> =>
    defer(() =>
      client.monitor(nodeIdsOf(wanted), (index, value) =>
        values.next(nodes.update(wanted[index] as OpcuaTag, value)),
      ),
    ).pipe(
      timeout(timeoutMs),
      concatMap((codes) =>
        wanted.flatMap((tag, index) => nodes.answer(tag, codes[index] as number)),
      ),
    );

  /** An unchanged value is not sent again after a break, so it is asked for. */
  const refresh = (wanted: readonly OpcuaTag[]): Observable<SourceUpdate> =>
    defer(() => client.read(nodeIdsOf(wanted))).pipe(
      timeout(timeoutMs),
      concatMap((read) =>
        wanted.flatMap((tag, index) =>
          nodes.isStale(tag) ? [nodes.update(tag, read[index] as OpcuaValue)] : [],
        ),
      ),
    );

  const losing = lost.pipe(
    tap(() => {
      isLost = true;
      nodes.forget();
    }),
    ignoreElements(),
  );
  const refreshing = mended.pipe(
    switchMap(() => heard.pipe(take(1))), // what the server has queued comes first
    tap(() => {
      isLost = false;
    }),
    map(() => tags.filter((tag) => nodes.isStale(tag))),
    filter((wanted) => wanted.length > 0),
    concatMap((wanted) => refresh(wanted)),
  );
  const retrying = interval(retryRefusedMs).pipe(
    map(() => nodes.refused()),
    filter((wanted) => wanted.length > 0 && !isLost),
    exhaustMap((wanted) => monitor(wanted)),
  );
  return merge(values, losing, refreshing, retrying, monitor(tags));
}

function nodeIdsOf(tags: readonly OpcuaTag[]): readonly string[] {
  return tags.map(({ nodeId }) => nodeId);
}
