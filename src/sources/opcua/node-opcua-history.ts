import type { ClientSession, HistoryData } from "node-opcua-client";
import type { NodeOpcua } from "./load-node-opcua.ts";
import { toValue } from "./node-opcua-nodes.ts";
import type { OpcuaValue } from "./opcua-client.ts";

const VALUES_PER_CALL = 1000;
/** Bounds a server that never comes to an end: a value a second for a day. */
const MOST_VALUES = 86_400;

/** Reads what a server has stored of a node between two times, both left out, page by page; `undefined` when it refuses. */
export async function readHistory(
  library: NodeOpcua,
  session: ClientSession,
  nodeId: string,
  fromMs: number,
  toMs: number,
): Promise<readonly OpcuaValue[] | undefined> {
  const details = new library.ReadRawModifiedDetails({
    isReadModified: false,
    startTime: new Date(fromMs),
    endTime: new Date(toMs),
    numValuesPerNode: VALUES_PER_CALL,
    returnBounds: false,
  });
  const values: OpcuaValue[] = [];
  let continuationPoint: Buffer | undefined;
  do {
    const { results } = await session.historyRead(
      new library.HistoryReadRequest({
        historyReadDetails: details,
        timestampsToReturn: library.TimestampsToReturn.Both,
        releaseContinuationPoints: false,
        nodesToRead: [
          {
            nodeId: library.resolveNodeId(nodeId),
            ...(continuationPoint && { continuationPoint }),
          },
        ],
      }),
    );
    const page = results?.[0];
    if (!page || page.statusCode.value >>> 30 > 1) return undefined;
    const data = page.historyData as HistoryData | null;
    for (const value of data?.dataValues ?? []) values.push(toValue(library, value));
    continuationPoint = page.continuationPoint?.length ? page.continuationPoint : undefined;
  } while (continuationPoint && values.length < MOST_VALUES);
  return values.filter(({ sourceTimeMs = 0 }) => sourceTimeMs > fromMs && sourceTimeMs < toMs);
}
