import {
  concatMap,
  defer,
  exhaustMap,
  filter,
  from,
  ignoreElements,
  interval,
  map,
  merge,
  type Observable,
  switchMap,
  take,
  tap,
  timeout,
} from "rxjs";
import type { SourceUpdate } from "../../source-update.ts";
import type { OpcuaAgreement, OpcuaClient } from "../opcua-client.ts";
import { backfill } from "./backfill.ts";
import { nodeMonitor } from "./node-monitor.ts";
import { quietCheck } from "./quiet-check.ts";
import {
  type LinkEvents,
  requestsFor,
  type WatchMemory,
  type WatchServerOptions,
} from "./watch-options.ts";

/** Follows all nodes of one session by a subscription. */
export function watchNodes(
  options: WatchServerOptions,
  client: OpcuaClient,
  { lost, mended, heard }: LinkEvents,
  memory: WatchMemory,
  agreed: OpcuaAgreement,
): Observable<SourceUpdate> {
  const { target, tags, timeoutMs, retryRefusedMs } = options;
  const monitor = nodeMonitor(options, client, memory, agreed);
  const { nodes, directory, arrived } = monitor;
  const limited = <Value>(work: () => Promise<Value>): Observable<Value> =>
    defer(work).pipe(timeout(timeoutMs));
  const forAll = timeoutMs * requestsFor(tags.length);

  const losing = lost.pipe(
    tap(() => {
      monitor.withhold();
      nodes.forget();
    }),
    ignoreElements(),
  );
  const refreshing = mended.pipe(
    switchMap(() => limited(() => directory.resolve([]))), // fails when they are other nodes now
    tap(() => monitor.release()),
    switchMap(() => heard.pipe(take(1))), // what the server has queued comes first
    map(() => tags.filter((tag) => nodes.isStale(tag))),
    filter((wanted) => wanted.length > 0),
    concatMap((wanted) => defer(() => monitor.refresh(wanted)).pipe(timeout(forAll))),
  );
  const retrying = interval(retryRefusedMs).pipe(
    map(() => nodes.refused()),
    filter((wanted) => wanted.length > 0 && !monitor.isWithholding()),
    exhaustMap((wanted) => defer(() => monitor.begin(wanted)).pipe(timeout(forAll))),
  );
  const beginning = defer(() => monitor.begin(tags)).pipe(timeout(forAll));
  return merge(
    merge(arrived, losing, refreshing, retrying, beginning).pipe(concatMap((told) => from(told))),
    backfill(options, client, directory, memory.gaps, arrived),
    quietCheck(options, client, monitor, Math.max(target.silenceMs, 3 * agreed.publishingMs)),
  );
}
