import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError } from "../../../errors.ts";
import { loadNodeOpcua } from "../client/load-node-opcua.ts";
import type { OpcuaTarget } from "../opcua-client.ts";
import { linkFailure } from "../opcua-failure.ts";
import { openCertificateStore } from "../security/certificate-store.ts";
import { checkSecurity, type OpcuaSecurityOptions } from "../security/opcua-security.ts";
import { sessionDoor } from "../security/open-session.ts";
import { portableNodeId, resolveNodeId } from "./browse-node-id.ts";
import { browsingSession } from "./browse-session.ts";
import { growTree, type TreeNode, type TreeOptions } from "./browse-tree.ts";
import { readVariables, type VariableFacts } from "./browse-variables.ts";

/** What to look at in a server. */
export interface ServerBrowse extends TreeOptions, OpcuaSecurityOptions {
  readonly endpointUrl: string;
  /** Where to begin, as `nsu=…`, `ns=…` or `i=…`; the folder Objects by default. */
  readonly node?: string;
  /** Longest wait for the session, and for each answer. */
  readonly timeoutMs: number;
}

/** A node of a server. */
export interface BrowsedNode {
  /** With the URI of the namespace. */
  readonly nodeId: string;
  readonly name: string;
  readonly isProperty: boolean;
  readonly variable?: VariableFacts;
  readonly children: readonly BrowsedNode[];
}

export interface ServerFindings {
  readonly root: BrowsedNode;
  /** Whether `depth` or `max` left something out. */
  readonly hasMore: boolean;
}

const OBJECTS = "i=85";
/** What a session is told for its subscriptions, of which there is none here; `silenceMs` keeps it alive. */
const UNSUBSCRIBED = {
  mode: "poll",
  samplingMs: 1000,
  publishingMs: 1000,
  queueSize: 1,
  discardOldest: true,
  silenceMs: 30_000,
} as const;

/**
 * Reads what a server has below a node: objects and variables, with type, unit, range, value and access. Nothing is written.
 *
 * @throws GatewayError `CONFIG_INVALID`, `SOURCE_REJECTED` when the server refuses or is not trusted, `SOURCE_UNREACHABLE`.
 */
export async function browseServer(options: ServerBrowse): Promise<ServerFindings> {
  const { endpointUrl, timeoutMs } = options;
  const target = targetOf(options);
  const library = await loadNodeOpcua();
  const store = await openCertificateStore(target.security.pkiFolder);
  const door = sessionDoor(library, target, store);
  const limited = timeLimit(timeoutMs);
  try {
    const session = await browsingSession(library, await limited(door.open()), limited);
    const nodeId = resolveNodeId(library, options.node ?? OBJECTS, session.namespaces);
    const { AttributeIds, NodeClass } = library;
    const wanted = [AttributeIds.BrowseName, AttributeIds.NodeClass];
    const [name, nodeClass] = await session.read(
      wanted.map((attributeId) => ({ nodeId, attributeId })),
    );
    if (name?.value?.value === undefined || name.value.value === null) {
      throw new GatewayError(
        "SOURCE_REJECTED",
        `opcua ${endpointUrl}: there is no node ${nodeId}`,
        {
          hint: "Look for it from the top, without a node to begin at.",
        },
      );
    }
    const root: TreeNode = {
      nodeId,
      name: String((name.value.value as { name?: string }).name),
      isVariable: nodeClass?.value?.value === NodeClass.Variable,
      isProperty: false,
      children: [],
      properties: new Map(),
    };
    const hasMore = await growTree(session, root, options);
    const facts = await readVariables(library, session, variablesOf(root));
    return { root: described(root, facts, session.namespaces), hasMore };
  } catch (cause) {
    throw linkFailure(target, cause);
  } finally {
    await door.close();
    await store.dispose();
  }
}

function targetOf(options: ServerBrowse): OpcuaTarget {
  const { endpointUrl } = options;
  if (!URL.canParse(endpointUrl) || new URL(endpointUrl).hostname === "") {
    throw new GatewayError(
      "CONFIG_INVALID",
      `expected an address such as opc.tcp://host:4840/path, got ${endpointUrl}`,
    );
  }
  return { endpointUrl, security: checkSecurity("browse", options), ...UNSUBSCRIBED };
}

function timeLimit(timeoutMs: number): <T>(call: Promise<T>) => Promise<T> {
  return async (call) => {
    const waiting = new AbortController();
    const late = sleep(timeoutMs, undefined, { signal: waiting.signal }).then(() => {
      throw new Error(`no answer within ${timeoutMs} ms`);
    });
    late.catch(() => {});
    try {
      return await Promise.race([call, late]);
    } finally {
      waiting.abort();
    }
  };
}

function variablesOf(node: TreeNode): readonly TreeNode[] {
  const below = node.children.flatMap(variablesOf);
  return node.isVariable ? [node, ...below] : below;
}

function described(
  node: TreeNode,
  facts: ReadonlyMap<TreeNode, VariableFacts>,
  namespaces: readonly string[],
): BrowsedNode {
  const variable = facts.get(node);
  return {
    nodeId: portableNodeId(node.nodeId, namespaces),
    name: node.name,
    isProperty: node.isProperty,
    ...(variable && { variable }),
    children: node.children.map((child) => described(child, facts, namespaces)),
  };
}
