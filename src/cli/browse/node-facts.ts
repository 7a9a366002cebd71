import type { BrowsedNode, ServerFindings } from "../../sources/opcua/browse/browse-server.ts";

/** What `--json` prints. */
export function nodeFacts(address: string, { root, hasMore }: ServerFindings): object {
  return { kind: "opcua", address, hasMore, root: factsOf(root) };
}

function factsOf({ nodeId, name, isProperty, variable, children }: BrowsedNode): object {
  return {
    name,
    nodeId,
    ...(isProperty && { isProperty }),
    ...variable,
    ...(variable?.value !== undefined && { value: jsonValue(variable.value) }),
    ...(children.length > 0 && { children: children.map(factsOf) }),
  };
}

/** JSON knows neither NaN nor the infinities: they become texts. */
function jsonValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonValue);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
