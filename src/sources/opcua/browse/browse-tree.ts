import type { NodeId, ReferenceDescription } from "node-opcua-client";
import type { BrowsingSession } from "./browse-session.ts";

/** A node where it was found first; a tree of them, even where the server has circles. */
export interface TreeNode {
  readonly nodeId: NodeId;
  /** Browse name without its namespace. */
  readonly name: string;
  readonly isVariable: boolean;
  /** Describes its parent instead of a part of the plant. */
  readonly isProperty: boolean;
  readonly children: TreeNode[];
  /** What describes a variable, by name, such as its unit. */
  readonly properties: Map<string, NodeId>;
}

export interface TreeOptions {
  /** Steps below the root. */
  readonly depth: number;
  /** Most nodes. */
  readonly max: number;
  /** Whether to go into the objects by which a server describes itself. */
  readonly server: boolean;
  readonly onLevel?: (nodes: number) => void;
}

const HAS_PROPERTY = 46;
const VARIABLE = 2;
/** Server, Aliases and Locations: what every server has by the standard. */
const STANDARD: readonly string[] = ["ns=0;i=2253", "ns=0;i=23470", "ns=0;i=31915"];

/**
 * Finds what lies below a node, level by level, each node once.
 *
 * @returns whether there is more than `depth` and `max` allow
 */
export async function growTree(
  session: BrowsingSession,
  root: TreeNode,
  { depth, max, server, onLevel }: TreeOptions,
): Promise<boolean> {
  const seen = new Set([root.nodeId.toString(), ...(server ? [] : STANDARD)]);
  let hasMore = false;
  let count = 1;

  /** The node as a new child of its parent, unless it is known or there is no room. */
  const adopt = (parent: TreeNode, reference: ReferenceDescription, isTooDeep: boolean) => {
    const key = reference.nodeId.toString();
    if (seen.has(key)) return undefined;
    if (isTooDeep || count >= max) {
      hasMore = true;
      return undefined;
    }
    seen.add(key);
    count += 1;
    const child = toNode(reference);
    parent.children.push(child);
    return child;
  };

  let level = [root];
  for (let below = 1; level.length > 0; below += 1) {
    const found = await session.below(level.map(({ nodeId }) => nodeId));
    const next: TreeNode[] = [];
    for (const { parent, reference } of pairs(level, found)) {
      if (describes(parent, reference)) continue;
      const child = adopt(parent, reference, below > depth);
      if (child) next.push(child);
    }
    onLevel?.(count);
    level = next;
  }
  return hasMore;
}

function* pairs(level: readonly TreeNode[], found: readonly (readonly ReferenceDescription[])[]) {
  for (const [at, parent] of level.entries()) {
    for (const reference of found[at] ?? []) yield { parent, reference };
  }
}

/** Notes a property of a variable instead of showing it as a node. */
function describes(parent: TreeNode, reference: ReferenceDescription): boolean {
  if (!parent.isVariable || !isProperty(reference)) return false;
  parent.properties.set(nameOf(reference), reference.nodeId);
  return true;
}

function toNode(reference: ReferenceDescription): TreeNode {
  return {
    nodeId: reference.nodeId,
    name: nameOf(reference),
    isVariable: reference.nodeClass === VARIABLE,
    isProperty: isProperty(reference),
    children: [],
    properties: new Map(),
  };
}

function isProperty({ referenceTypeId }: ReferenceDescription): boolean {
  return referenceTypeId.namespace === 0 && referenceTypeId.value === HAS_PROPERTY;
}

function nameOf({ browseName, nodeId }: ReferenceDescription): string {
  return browseName.name ?? nodeId.toString();
}
