import type {
  BrowseResult,
  ClientSession,
  DataValue,
  NodeId,
  ReferenceDescription,
} from "node-opcua-client";
import type { NodeOpcua } from "../client/load-node-opcua.ts";
import { inBatches } from "../in-batches.ts";

/** A session as browsing needs it: calls of any length, in batches that the server takes. */
export interface BrowsingSession {
  /** Index of each namespace URI. */
  readonly namespaces: readonly string[];
  /** Nodes below each node, in its order. */
  below(nodeIds: readonly NodeId[]): Promise<readonly (readonly ReferenceDescription[])[]>;
  read(items: readonly AttributeOf[]): Promise<readonly DataValue[]>;
}

export interface AttributeOf {
  readonly nodeId: NodeId;
  readonly attributeId: number;
}

/** Even where a server sets no limit, one call should not keep it busy for long. */
const NODES_PER_BROWSE = 100;
const ITEMS_PER_READ = 500;
/** What is beyond comes with continuation points. */
const REFERENCES_PER_NODE = 1000;
/** Limits that the server object tells, 0 for none. */
const MAX_NODES_PER_READ = "i=11705";
const MAX_NODES_PER_BROWSE = "i=11710";
const HIERARCHICAL_REFERENCES = "i=33";

/**
 * @param limited gives up a call that takes too long
 */
export async function browsingSession(
  library: NodeOpcua,
  session: ClientSession,
  limited: <T>(call: Promise<T>) => Promise<T>,
): Promise<BrowsingSession> {
  Object.assign(session, { requestedMaxReferencesPerNode: REFERENCES_PER_NODE });
  const namespaces = await limited(session.readNamespaceArray());
  const attributeId = library.AttributeIds.Value;
  const limits = await limited(
    session.read(
      [MAX_NODES_PER_READ, MAX_NODES_PER_BROWSE].map((nodeId) => ({ nodeId, attributeId })),
    ),
  );
  const [perRead, perBrowse] = limits.map(
    ({ value }) => Number(value?.value) || Number.POSITIVE_INFINITY,
  );

  const describe = (nodeId: NodeId) => ({
    nodeId,
    referenceTypeId: HIERARCHICAL_REFERENCES,
    includeSubtypes: true,
    browseDirection: library.BrowseDirection.Forward,
    nodeClassMask: library.NodeClass.Object | library.NodeClass.Variable,
    resultMask: 63,
  });
  const browseOne = async (nodeId: NodeId): Promise<BrowseResult> =>
    limited(session.browse(describe(nodeId)));

  /** A server keeps few continuation points at once: a node that got none is asked for by itself. */
  const complete = async (
    nodeId: NodeId,
    first: BrowseResult,
  ): Promise<readonly ReferenceDescription[]> => {
    let result = first;
    if (result.statusCode.name === "BadNoContinuationPoints") result = await browseOne(nodeId);
    const references = [...(result.references ?? [])];
    while (result.continuationPoint?.length > 0) {
      result = await limited(session.browseNext(result.continuationPoint, false));
      references.push(...(result.references ?? []));
    }
    return references;
  };

  return {
    namespaces,
    async below(nodeIds) {
      return inBatches(nodeIds, Math.min(NODES_PER_BROWSE, perBrowse as number), async (batch) => {
        const results = await limited(session.browse(batch.map(describe)));
        const references: (readonly ReferenceDescription[])[] = [];
        for (const [at, nodeId] of batch.entries()) {
          references.push(await complete(nodeId, results[at] as BrowseResult));
        }
        return references;
      });
    },
    read: (items) =>
      inBatches(items, Math.min(ITEMS_PER_READ, perRead as number), (batch) =>
        limited(session.read([...batch])),
      ),
  };
}
