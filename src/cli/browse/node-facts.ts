import type { BrowsedNode, ServerFindings } from "../../sources/opcua/browse-server.ts";

/** What `--json` prints. JSON knows neither NaN nor the infinities: they are texts already. */
export function nodeFacts(address: string, { root, hasMore }: ServerFindings): object {
  return { kind: "opcua", address, hasMore, root: factsOf(root) };
}

function factsOf({ nodeId, name, isProperty, variable, children }: BrowsedNode): object {
  return {
    name,
    nodeId,
    ...(isProperty && { isProperty }),
    ...variable,
    ...(children.length > 0 && { children: children.map(factsOf) }),
  };
}
