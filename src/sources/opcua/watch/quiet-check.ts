import { exhaustMap, filter, ignoreElements, interval, type Observable } from "rxjs";
import type { OpcuaClient, OpcuaValue } from "../opcua-client.ts";
import { unreported } from "../opcua-failure.ts";
import type { OpcuaTag } from "../opcua-tag.ts";
import { isNews } from "./last-report.ts";
import type { NodeMonitor } from "./node-monitor.ts";
import type { WatchServerOptions } from "./watch-options.ts";

/** Quiet nodes that are read at one time; the others have their turn later. */
const NODES_PER_CHECK = 100;

/**
 * Reads what the subscription has said nothing of for `checkMs`, and fails when a value is found that it should have reported.
 *
 * A server that keeps a subscription alive may still report nothing any more: publishing is disabled, or it has forgotten the nodes. To the
 * client, that looks like values that do not change. A node counts as not reported when it differs at two checks in a row.
 */
export function quietCheck(
  { target, tags }: WatchServerOptions,
  client: OpcuaClient,
  { nodes, directory, isWithholding }: NodeMonitor,
  checkMs: number,
): Observable<never> {
  const checked = tags.filter(({ deadband, array }) => !deadband && !array);
  let counts = new Map<OpcuaTag, number>();
  let suspects: readonly OpcuaTag[] = [];
  let turn = 0;

  const isQuiet = (tag: OpcuaTag): boolean => {
    const { count } = nodes.lastReport(tag);
    return count > 0 && count === counts.get(tag);
  };

  const check = async (): Promise<void> => {
    const quiet = checked.filter(isQuiet);
    const first = (turn * NODES_PER_CHECK) % Math.max(1, quiet.length);
    turn += 1;
    const asked = new Set([...suspects, ...quiet.slice(first, first + NODES_PER_CHECK)]);
    counts = new Map(checked.map((tag) => [tag, nodes.lastReport(tag).count]));
    const { known } = await directory.resolve([...asked]);
    if (known.length === 0) return;
    const values = await client.read(known.map(({ nodeId }) => nodeId));
    const differing = known.flatMap(({ tag }, place) =>
      isQuiet(tag) && isNews(nodes.lastReport(tag), values[place] as OpcuaValue) ? [tag] : [],
    );
    const guilty = differing.find((tag) => suspects.includes(tag));
    if (guilty) throw unreported(target, guilty, checkMs);
    suspects = differing;
  };

  return interval(checkMs).pipe(
    filter(() => !isWithholding()),
    exhaustMap(() => check()),
    ignoreElements(),
  );
}
