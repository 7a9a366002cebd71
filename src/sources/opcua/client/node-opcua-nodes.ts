import type { ClientSession, ClientSubscription, DataValue } from "node-opcua-client";
import { inBatches } from "../in-batches.ts";
import type {
  MonitoredNode,
  OpcuaDeadband,
  OpcuaNode,
  OpcuaTarget,
  OpcuaValue,
  OpcuaValues,
} from "../opcua-client.ts";
import type { NodeOpcua } from "./load-node-opcua.ts";
import type { ResentValues } from "./resent-values.ts";

/**
 * BadMonitoredItemFilterInvalid, BadMonitoredItemFilterUnsupported, BadFilterNotAllowed, BadDeadbandFilterInvalid: some servers take no
 * filter at all, and a deadband in percent needs a node with an engineering range.
 */
const filterRefusals: readonly number[] = [0x80430000, 0x80440000, 0x80450000, 0x808e0000];

export interface Monitoring {
  readonly library: NodeOpcua;
  readonly subscription: ClientSubscription;
  readonly target: OpcuaTarget;
  /** Nodes of one call. */
  readonly perCall: number;
  readonly resent: ResentValues;
}

/** Begins to monitor, and tells for each node what the server made of it. */
export async function monitorNodes(
  monitoring: Monitoring,
  nodes: readonly OpcuaNode[],
  values: OpcuaValues,
): Promise<readonly MonitoredNode[]> {
  const add = flushing(values);
  const results: MonitoredNode[] = [];
  const monitor = async (places: readonly number[], isFiltered: boolean): Promise<number[]> => {
    const made = await inBatches(places, monitoring.perCall, (part) => {
      const group = part.map((place) => nodes[place] as OpcuaNode);
      return monitorGroup(monitoring, group, isFiltered, (index, value) =>
        add(part[index] as number, value),
      );
    });
    return places.filter((place, index) => {
      const result = made[index] as MonitoredNode;
      const isRefused = isFiltered && filterRefusals.includes(result.statusCode);
      if (!isRefused) results[place] = result;
      return isRefused;
    });
  };

  const refused: number[] = [];
  for (const places of alike(nodes)) refused.push(...(await monitor(places, true)));
  await monitor(refused, false);
  return results;
}

/** Places of the nodes that want the same: a group has one filter and one length of queue. */
function alike(nodes: readonly OpcuaNode[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  for (const [place, { deadband, queueSize }] of nodes.entries()) {
    const key = JSON.stringify([deadband, queueSize]);
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  return [...groups.values()];
}

/** Flushes once the library has told all that one answer of the server brought, which it does in one go. */
function flushing(values: OpcuaValues): OpcuaValues["add"] {
  let isWaiting = false;
  const flush = (): void => {
    isWaiting = false;
    values.flush();
  };
  return (index, value) => {
    if (!isWaiting) queueMicrotask(flush);
    isWaiting = true;
    values.add(index, value);
  };
}

/** The values as they stand now. */
export async function readNodes(
  library: NodeOpcua,
  session: ClientSession,
  nodeIds: readonly string[],
  perCall: number,
): Promise<readonly OpcuaValue[]> {
  const attributeId = library.AttributeIds.Value;
  return inBatches(nodeIds, perCall, async (part) => {
    const read = await session.read(part.map((nodeId) => ({ nodeId, attributeId })));
    return read.map((value) => toValue(library, value));
  });
}

async function monitorGroup(
  { library, subscription, target, resent }: Monitoring,
  nodes: readonly OpcuaNode[],
  isFiltered: boolean,
  onValue: (index: number, value: OpcuaValue) => void,
): Promise<readonly MonitoredNode[]> {
  const { samplingMs: samplingInterval, discardOldest } = target;
  const { deadband, queueSize } = nodes[0] as OpcuaNode;
  const filter = isFiltered ? { filter: filterFor(library, deadband) } : {};
  const monitored = library.ClientMonitoredItemGroup.create(
    subscription,
    nodes.map(({ nodeId }) => ({ nodeId, attributeId: library.AttributeIds.Value })),
    { samplingInterval, queueSize, discardOldest, ...filter },
    library.TimestampsToReturn.Both,
  );
  monitored.on("changed", (_item, sent, index) => {
    const value = toValue(library, sent);
    onValue(index, resent.has(sent) ? { ...value, isResent: true } : value);
  });
  await new Promise<void>((resolve, reject) => {
    monitored.once("initialized", () => resolve());
    monitored.once("terminated", (cause?: Error) =>
      reject(cause ?? new Error("the subscription ended")),
    );
  });
  return monitored.monitoredItems.map(({ statusCode, result }): MonitoredNode => {
    const code = statusCode.value >>> 0;
    if (!result || code >>> 30 > 1) return { statusCode: code };
    return {
      statusCode: code,
      samplingMs: result.revisedSamplingInterval,
      queueSize: result.revisedQueueSize,
      ...(deadband && { hasDeadband: isFiltered }),
    };
  });
}

/** Every sample that has a new timestamp; with a deadband, every change that is large enough. */
function filterFor(library: NodeOpcua, deadband: OpcuaDeadband | undefined) {
  const { DataChangeFilter, DataChangeTrigger, DeadbandType } = library;
  if (!deadband) return new DataChangeFilter({ trigger: DataChangeTrigger.StatusValueTimestamp });
  const isPercent = "percent" in deadband;
  return new DataChangeFilter({
    trigger: DataChangeTrigger.StatusValue,
    deadbandType: isPercent ? DeadbandType.Percent : DeadbandType.Absolute,
    deadbandValue: isPercent ? deadband.percent : deadband.absolute,
  });
}

/** The library's value in the terms of the source. */
export function toValue(library: NodeOpcua, sent: DataValue): OpcuaValue {
  const { statusCode, value } = sent;
  const { Scalar, Array: OneDimension } = library.VariantArrayType;
  const isArray = value?.arrayType === OneDimension;
  const hasType = isArray || value?.arrayType === Scalar;
  return {
    statusCode: statusCode.value >>> 0,
    type: hasType ? library.DataType[value.dataType] : undefined,
    isArray,
    value: value?.value,
    sourceTimeMs: timeOf(sent.sourceTimestamp),
    serverTimeMs: timeOf(sent.serverTimestamp),
  };
}

/** Servers without a clock send nothing or the year 1601. */
function timeOf(stamp: Date | null | undefined): number | undefined {
  const timeMs = stamp?.getTime() ?? 0;
  return timeMs > 0 ? timeMs : undefined;
}
