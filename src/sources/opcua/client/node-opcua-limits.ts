import type { ClientSession } from "node-opcua-client";
import type { NodeOpcua } from "./load-node-opcua.ts";

/** How many nodes one call may name. */
export interface OperationLimits {
  readonly read: number;
  readonly monitor: number;
}

/** Of the standard, part 5: Server.ServerCapabilities.OperationLimits, MaxNodesPerRead and MaxMonitoredItemsPerCall. */
const LIMIT_NODES = ["i=11705", "i=11714"];
/** Where a server does not say: many take no more, whatever the standard says. */
const UNSAID = 100;
/** Where it says that there is none. */
const UNLIMITED = 1000;

/** Asks the server for its limits; one that does not know the question gets small calls. */
export async function readOperationLimits(
  library: NodeOpcua,
  session: ClientSession,
): Promise<OperationLimits> {
  const attributeId = library.AttributeIds.Value;
  const [read, monitor] = await session.read(
    LIMIT_NODES.map((nodeId) => ({ nodeId, attributeId })),
  );
  return { read: limitOf(read?.value?.value), monitor: limitOf(monitor?.value?.value) };
}

function limitOf(said: unknown): number {
  if (typeof said !== "number") return UNSAID;
  return said === 0 ? UNLIMITED : Math.min(said, UNLIMITED);
}
