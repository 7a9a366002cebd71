import type { ClientSession, ClientSubscription, DataValue } from "node-opcua-client";
import type { NodeOpcua } from "./load-node-opcua.ts";
import type { OpcuaTarget, OpcuaValue } from "./opcua-client.ts";

/** Many servers take no more nodes in one call. */
const NODES_PER_CALL = 100;
/** BadMonitoredItemFilterInvalid, BadMonitoredItemFilterUnsupported, BadFilterNotAllowed */
const filterRefusals: readonly number[] = [0x80430000, 0x80440000, 0x80450000];

type OnValue = (index: number, value: OpcuaValue) => void;

/** Begins to monitor and gives the server's status code for each node. */
export async function monitorNodes(
  library: NodeOpcua,
  subscription: ClientSubscription,
  target: OpcuaTarget,
  nodeIds: readonly string[],
  onValue: OnValue,
): Promise<readonly number[]> {
  const codes: number[] = [];
  for (const [first, chunk] of chunks(nodeIds)) {
    const group = { library, subscription, target, nodeIds: chunk };
    const onGroupValue: OnValue = (index, value) => onValue(first + index, value);
    const filtered = await monitorGroup({ ...group, filtered: true }, onGroupValue);
    const plain = filtered.flatMap((code, index) => (filterRefusals.includes(code) ? [index] : []));
    if (plain.length > 0) {
      const again = plain.map((index) => chunk[index] as string);
      const retried = await monitorGroup(
        { ...group, nodeIds: again, filtered: false },
        (index, value) => onGroupValue(plain[index] as number, value),
      );
      for (const [place, index] of plain.entries()) filtered[index] = retried[place] as number;
    }
    codes.push(...filtered);
  }
  return codes;
}

/** The values as they stand now. */
export async function readNodes(
  library: NodeOpcua,
  session: ClientSession,
  nodeIds: readonly string[],
): Promise<readonly OpcuaValue[]> {
  const values: OpcuaValue[] = [];
  for (const [, chunk] of chunks(nodeIds)) {
    const attributeId = library.AttributeIds.Value;
    const read = await session.read(chunk.map((nodeId) => ({ nodeId, attributeId })));
    values.push(...read.map((value) => toValue(library, value)));
  }
  return values;
}

interface Group {
  readonly library: NodeOpcua;
  readonly subscription: ClientSubscription;
  readonly target: OpcuaTarget;
  readonly nodeIds: readonly string[];
  /** Whether to ask for every sample that has a new timestamp, which not every server can; plain ones report changes only. */
  readonly filtered: boolean;
}

async function monitorGroup(group: Group, onValue: OnValue): Promise<number[]> {
  const { library, subscription, target, nodeIds, filtered } = group;
  const { samplingMs: samplingInterval, queueSize } = target;
  const trigger = library.DataChangeTrigger.StatusValueTimestamp;
  const monitored = library.ClientMonitoredItemGroup.create(
    subscription,
    nodeIds.map((nodeId) => ({ nodeId, attributeId: library.AttributeIds.Value })),
    {
      samplingInterval,
      queueSize,
      discardOldest: true,
      ...(filtered && { filter: new library.DataChangeFilter({ trigger }) }),
    },
    library.TimestampsToReturn.Both,
  );
  monitored.on("changed", (_item, value, index) => onValue(index, toValue(library, value)));
  await new Promise<void>((resolve, reject) => {
    monitored.once("initialized", () => resolve());
    monitored.once("terminated", (cause?: Error) =>
      reject(cause ?? new Error("the subscription ended")),
    );
  });
  return monitored.monitoredItems.map(({ statusCode }) => statusCode.value >>> 0);
}

function toValue(library: NodeOpcua, sent: DataValue): OpcuaValue {
  const { statusCode, value } = sent;
  const isScalar = value?.arrayType === library.VariantArrayType.Scalar;
  const sourceTimeMs = timeOf(sent.sourceTimestamp);
  const serverTimeMs = timeOf(sent.serverTimestamp);
  return {
    statusCode: statusCode.value >>> 0,
    value: value?.value,
    ...(isScalar && { type: library.DataType[value.dataType] }),
    ...(sourceTimeMs !== undefined && { sourceTimeMs }),
    ...(serverTimeMs !== undefined && { serverTimeMs }),
  };
}

/** Servers without a clock send nothing or the year 1601. */
function timeOf(stamp: Date | null | undefined): number | undefined {
  const timeMs = stamp?.getTime() ?? 0;
  return timeMs > 0 ? timeMs : undefined;
}

function chunks(
  nodeIds: readonly string[],
): readonly (readonly [first: number, chunk: readonly string[]])[] {
  const count = Math.ceil(nodeIds.length / NODES_PER_CALL);
  return Array.from({ length: count }, (_, index) => {
    const first = index * NODES_PER_CALL;
    return [first, nodeIds.slice(first, first + NODES_PER_CALL)] as const;
  });
}
