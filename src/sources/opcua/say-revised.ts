import type { SourceUpdate } from "../source-update.ts";
import { fewNames } from "./few-names.ts";
import type { MonitoredNode, OpcuaTarget } from "./opcua-client.ts";
import type { OpcuaTag } from "./opcua-tag.ts";

/** Says in the status where a server does something else than it was asked for, which it may. */
export function sayRevised(
  { samplingMs, queueSize }: OpcuaTarget,
  tags: readonly OpcuaTag[],
  results: readonly MonitoredNode[],
): readonly SourceUpdate[] {
  const texts: Record<string, string> = {};
  const note = (what: string, differs: (result: MonitoredNode) => string | undefined): void => {
    const found = results.map((result) => differs(result));
    const words = [...new Set(found.filter((word) => word !== undefined))];
    if (words.length === 0) return;
    const named = tags.filter((_, place) => found[place] !== undefined);
    texts[what] = `${words.join(", ")} (${fewNames(named)})`;
  };
  note("sampling", ({ samplingMs: revised }) =>
    revised === undefined || revised === samplingMs
      ? undefined
      : `asked for ${samplingMs} ms, the server samples every ${revised} ms`,
  );
  note("queue", ({ queueSize: revised }) =>
    revised === undefined || revised >= queueSize
      ? undefined
      : `asked for ${queueSize} values, the server keeps ${revised}`,
  );
  note("deadband", ({ hasDeadband }) =>
    hasDeadband === false ? "not taken by the server, it sends every change" : undefined,
  );
  return Object.keys(texts).length > 0 ? [{ texts }] : [];
}
