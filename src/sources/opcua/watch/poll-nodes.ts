import {
  concatMap,
  defer,
  exhaustMap,
  filter,
  from,
  ignoreElements,
  interval,
  merge,
  type Observable,
  Subject,
  switchMap,
  tap,
  timeout,
  timer,
} from "rxjs";
import type { SourceUpdate } from "../../source-update.ts";
import type { OpcuaClient, OpcuaValue } from "../opcua-client.ts";
import { backfill } from "./backfill.ts";
import { nodeDirectory, type ResolvedTags } from "./node-directory.ts";
import { nodeStates } from "./node-states.ts";
import type { LinkEvents, WatchMemory, WatchServerOptions } from "./watch-options.ts";

/** Follows all nodes of one session by reading them again and again; a read that takes too long skips the next ones. */
export function pollNodes(
  options: WatchServerOptions,
  client: OpcuaClient,
  events: LinkEvents,
  memory: WatchMemory,
): Observable<SourceUpdate> {
  const { target, tags, timeoutMs, retryRefusedMs } = options;
  const nodes = nodeStates({ ...options, ...memory });
  const directory = nodeDirectory(client, options);
  const arrived = new Subject<void>();
  let places: ResolvedTags["known"] = [];
  let isLost = false;
  let lastTurn = -1;

  const look = async (): Promise<readonly SourceUpdate[]> => {
    const { known, unknown, namespaces } = await directory.resolve(tags);
    places = known;
    return unknown.flatMap((tag) => nodes.missNamespace(tag, namespaces));
  };

  const read = async (turn: number): Promise<readonly SourceUpdate[]> => {
    const skipped = Array.from(
      { length: turn - lastTurn - 1 },
      (): SourceUpdate => ({ count: "skippedPolls" }),
    );
    lastTurn = turn;
    const asked = places;
    if (asked.length === 0) return skipped;
    const values = await client.read(asked.map(({ nodeId }) => nodeId));
    const told = nodes.update(
      asked.map(({ tag }, index) => [tag, values[index] as OpcuaValue] as const),
    );
    return [...skipped, ...told];
  };

  const limited = <Value>(work: () => Promise<Value>): Observable<Value> =>
    defer(work).pipe(timeout(timeoutMs));

  const polling = timer(0, target.samplingMs).pipe(
    filter(() => !isLost),
    exhaustMap((turn) => limited(() => read(turn))),
  );
  const losing = events.lost.pipe(
    tap(() => {
      isLost = true;
      nodes.forget();
    }),
    ignoreElements(),
  );
  const mending = events.mended.pipe(
    switchMap(() => limited(() => directory.resolve([]))), // fails when they are other nodes now
    tap(() => {
      isLost = false;
    }),
    ignoreElements(),
  );
  const retrying = interval(retryRefusedMs).pipe(
    filter(() => !isLost && places.length < tags.length),
    exhaustMap(() => limited(look)),
  );
  const updates = merge(
    losing,
    mending,
    retrying,
    limited(look).pipe(concatMap((told) => merge(from([told]), polling))),
  );
  return merge(
    updates.pipe(
      concatMap((told) => from(told)),
      tap(() => arrived.next()),
    ),
    backfill(options, client, directory, memory.gaps, arrived),
  );
}
