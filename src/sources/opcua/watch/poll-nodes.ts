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
import { fewNames } from "../../few-names.ts";
import type { SourceUpdate } from "../../source-update.ts";
import type { OpcuaClient, OpcuaValue } from "../opcua-client.ts";
import type { OpcuaTag } from "../opcua-tag.ts";
import { backfill } from "./backfill.ts";
import { nodeDirectory, type ResolvedTags } from "./node-directory.ts";
import { nodeStates } from "./node-states.ts";
import {
  type LinkEvents,
  requestsFor,
  type WatchMemory,
  type WatchServerOptions,
} from "./watch-options.ts";

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
  let resolved: ResolvedTags | undefined;
  let isLost = false;
  let lastTurn = -1;

  const look = async (): Promise<readonly SourceUpdate[]> => {
    resolved = await directory.resolve(tags); // fails when they are other nodes now
    const { unknown, namespaces } = resolved;
    for (const tag of unknown) nodes.missNamespace(tag, namespaces);
    return nodes.collect();
  };

  const read = async (turn: number): Promise<readonly SourceUpdate[]> => {
    const skipped = skippedPolls(turn - lastTurn - 1);
    lastTurn = turn;
    const { known: asked = [], isSure } = resolved ?? {};
    if (asked.length === 0) return skipped;
    const values = await client.read(asked.map(({ nodeId }) => nodeId));
    if (!isSure?.()) return skipped;
    for (const [index, { tag }] of asked.entries()) nodes.note(tag, values[index] as OpcuaValue);
    return [...skipped, ...nodes.collect()];
  };

  const limited = <Value>(work: () => Promise<Value>): Observable<Value> =>
    defer(work).pipe(timeout(timeoutMs));

  const polling = timer(0, target.samplingMs).pipe(
    filter(() => !isLost),
    exhaustMap((turn) =>
      defer(() => read(turn)).pipe(timeout(timeoutMs * requestsFor(tags.length))),
    ),
  );
  const losing = events.lost.pipe(
    tap(() => {
      isLost = true;
      directory.doubt();
      nodes.forget();
    }),
    ignoreElements(),
  );
  const mending = events.mended.pipe(
    switchMap(() => limited(look)),
    tap(() => {
      isLost = false;
    }),
  );
  const retrying = interval(retryRefusedMs).pipe(
    filter(() => !isLost && resolved?.unknown.length !== 0),
    exhaustMap(() => limited(look)),
  );
  const updates = merge(
    losing,
    mending,
    retrying,
    limited(look).pipe(concatMap((told) => merge(from([told, noDeadbands(tags)]), polling))),
  );
  return merge(
    updates.pipe(
      concatMap((told) => from(told)),
      tap(() => arrived.next()),
    ),
    backfill(options, client, directory, memory.gaps, arrived),
  );
}

function skippedPolls(length: number): readonly SourceUpdate[] {
  return Array.from({ length }, () => ({ count: "skippedPolls" }));
}

/** A server applies deadbands only to what it reports by itself. */
function noDeadbands(tags: readonly OpcuaTag[]): readonly SourceUpdate[] {
  const wanted = tags.filter(({ deadband }) => deadband);
  if (wanted.length === 0) return [];
  return [
    {
      texts: {
        deadband: `none while polling, every change is sent (${fewNames(wanted.map(({ name }) => name))})`,
      },
    },
  ];
}
