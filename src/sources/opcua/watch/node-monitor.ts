import { Subject } from "rxjs";
import type { SourceUpdate } from "../../source-update.ts";
import type {
  MonitoredNode,
  OpcuaAgreement,
  OpcuaClient,
  OpcuaValue,
  OpcuaValues,
} from "../opcua-client.ts";
import type { OpcuaTag } from "../opcua-tag.ts";
import { type NodeDirectory, nodeDirectory } from "./node-directory.ts";
import { type NodeStates, nodeStates } from "./node-states.ts";
import { sayRevised } from "./say-revised.ts";
import type { WatchMemory, WatchServerOptions } from "./watch-options.ts";

/** The monitored nodes of one session. */
export interface NodeMonitor {
  readonly nodes: NodeStates;
  readonly directory: NodeDirectory;
  /** What the subscription brought. */
  readonly arrived: Subject<readonly SourceUpdate[]>;
  /** Begins to monitor the nodes of these tags. */
  begin(wanted: readonly OpcuaTag[]): Promise<readonly SourceUpdate[]>;
  /** Reads those of the tags that are still stale: an unchanged value is not sent again after a break. */
  refresh(wanted: readonly OpcuaTag[]): Promise<readonly SourceUpdate[]>;
  /** From now on values wait: the link is broken, and it is not known whether the nodes will still be the same. */
  withhold(): void;
  isWithholding(): boolean;
  /** Lets the values go that have waited. */
  release(): void;
}

export function nodeMonitor(
  options: WatchServerOptions,
  client: OpcuaClient,
  memory: WatchMemory,
  { publishingMs }: OpcuaAgreement,
): NodeMonitor {
  const { target } = options;
  const { queueSize = queueFor(target.samplingMs, publishingMs) } = options;
  const results = new Map<OpcuaTag, MonitoredNode>();
  const nodes = nodeStates({ ...options, ...memory });
  const directory = nodeDirectory(client, options);
  const arrived = new Subject<readonly SourceUpdate[]>();
  let withheld: (readonly [OpcuaTag, OpcuaValue])[] | undefined;

  const valuesOf = (wanted: readonly OpcuaTag[]): OpcuaValues => ({
    add(index, value) {
      const tag = wanted[index] as OpcuaTag;
      if (withheld) withheld.push([tag, value]);
      else nodes.note(tag, value);
    },
    flush: () => arrived.next(nodes.collect()),
  });

  return {
    nodes,
    directory,
    arrived,
    async begin(wanted) {
      const { known, unknown, namespaces } = await directory.resolve(wanted);
      for (const tag of unknown) nodes.missNamespace(tag, namespaces);
      if (known.length === 0) return nodes.collect();
      const monitored = known.map(({ tag }) => tag);
      const answered = await client.monitor(
        known.map(({ tag: { deadband }, nodeId }) => ({
          nodeId,
          queueSize,
          ...(deadband && { deadband }),
        })),
        valuesOf(monitored),
      );
      for (const [index, tag] of monitored.entries()) {
        const result = answered[index] as MonitoredNode;
        results.set(tag, result);
        nodes.answer(tag, result.statusCode);
      }
      return [...sayRevised(target, { publishingMs, queueSize }, results), ...nodes.collect()];
    },
    async refresh(wanted) {
      const { known, isSure } = await directory.resolve(wanted);
      const read = await client.read(known.map(({ nodeId }) => nodeId));
      if (!isSure()) return []; // they are read when the link is mended
      for (const [index, { tag }] of known.entries()) {
        if (nodes.isStale(tag)) nodes.note(tag, read[index] as OpcuaValue);
      }
      return nodes.collect();
    },
    withhold() {
      directory.doubt();
      withheld ??= [];
    },
    isWithholding: () => withheld !== undefined,
    release() {
      for (const [tag, value] of withheld ?? []) nodes.note(tag, value);
      withheld = undefined;
      arrived.next(nodes.collect());
    },
  };
}

const SHORTEST_QUEUE = 10;

/** What the server sees between two publishings. */
function queueFor(samplingMs: number, publishingMs: number): number {
  return Math.max(SHORTEST_QUEUE, Math.ceil(publishingMs / samplingMs));
}
