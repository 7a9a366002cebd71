import { catchError, concatMap, defer, EMPTY, filter, from, type Observable, timeout } from "rxjs";
import type { Reading } from "../../core/reading.ts";
import type { SourceUpdate } from "../source-update.ts";
import type { Gap, GapFinder } from "./gap-finder.ts";
import type { NodeDirectory } from "./node-directory.ts";
import type { OpcuaClient } from "./opcua-client.ts";
import type { OpcuaTag } from "./opcua-tag.ts";
import { stampOf, toReading } from "./to-reading.ts";
import type { WatchServerOptions } from "./watch-options.ts";

/**
 * Reads what a server has stored of the gaps that were found, one after the other and beside the live values, and delivers it
 * as late. A server that stores nothing of a node, or does not answer in time, is not asked about it again on this session.
 */
export function backfill(
  { target, timestamps, backfillMs, timeoutMs }: WatchServerOptions,
  client: OpcuaClient,
  directory: NodeDirectory,
  gaps: GapFinder,
  arrived: Observable<unknown>,
): Observable<SourceUpdate> {
  if (backfillMs === 0 || timestamps === "arrival") return EMPTY;
  const unstored = new Set<OpcuaTag>();

  const fill = async ({ tag, fromMs, toMs }: Gap): Promise<SourceUpdate> => {
    const { known } = await directory.resolve([tag]);
    const nodeId = known[0]?.nodeId;
    const beginMs = Math.max(fromMs, toMs - backfillMs);
    const values = nodeId && (await client.history(nodeId, beginMs, toMs));
    if (!values) {
      unstored.add(tag);
      return { readings: [] };
    }
    const readings = values.map((value): Reading => {
      const timeMs = stampOf(value, timestamps, toMs - target.samplingMs);
      return { ...toReading(tag.name, value, timeMs), late: true };
    });
    return { readings };
  };

  return arrived.pipe(
    concatMap(() => from(gaps.take())),
    filter(({ tag }) => !tag.array && !unstored.has(tag)),
    concatMap((gap) =>
      defer(() => fill(gap)).pipe(
        timeout(timeoutMs),
        catchError(() => {
          unstored.add(gap.tag);
          return EMPTY; // the live values matter more
        }),
      ),
    ),
  );
}
