import { setTimeout as pause } from "node:timers/promises";
import { EMPTY, exhaustMap, firstValueFrom, from, type Observable, timeout } from "rxjs";
import type { Reading } from "../../../core/reading.ts";
import { fewNames } from "../../few-names.ts";
import type { SourceUpdate } from "../../source-update.ts";
import type { HistoryPage, OpcuaClient } from "../opcua-client.ts";
import type { OpcuaTag } from "../opcua-tag.ts";
import type { Gap, GapFinder } from "./gap-finder.ts";
import type { NodeDirectory } from "./node-directory.ts";
import { stampOf, toReading } from "./to-reading.ts";
import type { WatchServerOptions } from "./watch-options.ts";

/**
 * Reads what a server has stored of the gaps that were found, and delivers it as late.
 *
 * One page of one node at a time, and as long a rest after it as it took: live values come first. A node of which the server stores nothing is not
 * asked for again on this session. When the server does not answer, what is left of the gap is tried again after `retryRefusedMs`, or on the next session.
 */
export function backfill(
  options: WatchServerOptions,
  client: OpcuaClient,
  directory: NodeDirectory,
  gaps: GapFinder,
  arrived: Observable<unknown>,
): Observable<SourceUpdate> {
  const { timestamps, backfillMs, timeoutMs, retryRefusedMs } = options;
  if (backfillMs === 0 || timestamps === "arrival") return EMPTY;
  const unstored = new Set<OpcuaTag>();
  let restUntilMs = 0;

  const readPage = ({ tag, fromMs, toMs }: Gap, cursor: unknown) => {
    const read = async (): Promise<HistoryPage | undefined> => {
      const { known, isSure } = await directory.resolve([tag]);
      const nodeId = known[0]?.nodeId;
      if (nodeId === undefined) return undefined;
      const page = await client.history(nodeId, fromMs, toMs, cursor);
      if (!isSure()) throw new Error("the link broke meanwhile");
      return page;
    };
    return firstValueFrom(from(read()).pipe(timeout(timeoutMs)));
  };

  async function* pages(gap: Gap): AsyncGenerator<HistoryPage | undefined> {
    let cursor: unknown;
    let endMs = Number.NEGATIVE_INFINITY;
    do {
      const beganMs = performance.now();
      const page = await readPage(gap, cursor);
      yield page;
      cursor = endOf(page) > endMs ? page?.cursor : undefined; // some servers never come to an end
      endMs = endOf(page);
      await pause(performance.now() - beganMs, undefined, { ref: false });
    } while (cursor !== undefined);
  }

  async function* fill(gap: Gap): AsyncGenerator<SourceUpdate> {
    let left: Gap | undefined = { ...gap, fromMs: Math.max(gap.fromMs, gap.toMs - backfillMs) };
    try {
      for await (const page of pages(left)) {
        if (page === undefined) {
          unstored.add(gap.tag);
          yield {
            texts: {
              history: `nothing stored of ${fewNames([...unstored].map(({ name }) => name))}`,
            },
          };
          break;
        }
        yield { readings: lateReadings(options, gaps, left, page) };
        left = { ...left, fromMs: Math.max(left.fromMs, endOf(page)) };
        gaps.fill({ ...gap, toMs: left.fromMs });
      }
      left = undefined;
    } catch {
      restUntilMs = performance.now() + retryRefusedMs;
    } finally {
      if (left) gaps.giveBack(left);
    }
  }

  async function* fillAll(): AsyncGenerator<SourceUpdate> {
    while (performance.now() >= restUntilMs) {
      const gap = gaps.take();
      if (gap === undefined) return;
      if (!gap.tag.array && !unstored.has(gap.tag)) yield* fill(gap);
    }
  }

  return arrived.pipe(exhaustMap(() => from(fillAll())));
}

function endOf(page: HistoryPage | undefined): number {
  return page?.values.at(-1)?.sourceTimeMs ?? Number.NEGATIVE_INFINITY;
}

function lateReadings(
  { timestamps }: WatchServerOptions,
  gaps: GapFinder,
  { tag, fromMs, toMs }: Gap,
  { values }: HistoryPage,
): readonly Reading[] {
  return values.flatMap((value): readonly Reading[] => {
    const { sourceTimeMs = Number.NaN } = value;
    if (!(sourceTimeMs > fromMs && sourceTimeMs < toMs)) return [];
    if (gaps.wasResent(tag, sourceTimeMs)) return [];
    const timeMs = stampOf(value, timestamps, sourceTimeMs);
    return [{ ...toReading(tag.name, value, timeMs), late: true }];
  });
}
