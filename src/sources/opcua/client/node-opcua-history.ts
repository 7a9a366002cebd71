import type { ClientSession, HistoryData } from "node-opcua-client";
import type { HistoryPage } from "../opcua-client.ts";
import type { NodeOpcua } from "./load-node-opcua.ts";
import { toValue } from "./node-opcua-nodes.ts";

const VALUES_PER_PAGE = 1000;

/** Reads one page of what a server has stored of a node between two times; `undefined` when it refuses. */
export async function readHistory(
  library: NodeOpcua,
  session: ClientSession,
  nodeId: string,
  fromMs: number,
  toMs: number,
  cursor?: unknown,
): Promise<HistoryPage | undefined> {
  const continuationPoint = Buffer.isBuffer(cursor) ? { continuationPoint: cursor } : {};
  const { results } = await session.historyRead(
    new library.HistoryReadRequest({
      historyReadDetails: new library.ReadRawModifiedDetails({
        isReadModified: false,
        startTime: new Date(fromMs),
        endTime: new Date(toMs),
        numValuesPerNode: VALUES_PER_PAGE,
        returnBounds: false,
      }),
      timestampsToReturn: library.TimestampsToReturn.Both,
      releaseContinuationPoints: false,
      nodesToRead: [{ nodeId: library.resolveNodeId(nodeId), ...continuationPoint }],
    }),
  );
  const page = results?.[0];
  if (!page || page.statusCode.value >>> 30 > 1) return undefined;
  const data = page.historyData as HistoryData | null;
  const values = (data?.dataValues ?? []).map((value) => toValue(library, value));
  return page.continuationPoint?.length ? { values, cursor: page.continuationPoint } : { values };
}
