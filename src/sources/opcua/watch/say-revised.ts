import { fewNames } from "../../few-names.ts";
import type { SourceUpdate } from "../../source-update.ts";
import type { MonitoredNode, OpcuaTarget } from "../opcua-client.ts";
import type { OpcuaTag } from "../opcua-tag.ts";

/** Of the subscription: the interval that the server chose, and the queue that was asked for. */
interface Terms {
  readonly publishingMs: number;
  readonly queueSize: number;
}

/** Says in the status where a server does something else than it was asked for, which it may. */
export function sayRevised(
  target: OpcuaTarget,
  { publishingMs, queueSize }: Terms,
  results: ReadonlyMap<OpcuaTag, MonitoredNode>,
): readonly SourceUpdate[] {
  const texts: Record<string, string> = {};
  const note = (what: string, differs: (result: MonitoredNode) => string | undefined): void => {
    const found = [...results].flatMap(([tag, result]) => {
      const words = differs(result);
      return words === undefined ? [] : [{ name: tag.name, words }];
    });
    if (found.length === 0) return;
    const words = [...new Set(found.map((each) => each.words))].join(", ");
    texts[what] = `${words} (${fewNames(found.map(({ name }) => name))})`;
  };
  if (publishingMs !== target.publishingMs) {
    texts["publishing"] =
      `asked for ${target.publishingMs} ms, the server sends every ${publishingMs} ms`;
  }
  note("sampling", ({ samplingMs: revised }) =>
    revised === undefined || revised === target.samplingMs
      ? undefined
      : `asked for ${target.samplingMs} ms, the server samples every ${revised} ms`,
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
