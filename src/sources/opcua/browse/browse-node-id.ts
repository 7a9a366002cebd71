import type { NodeId } from "node-opcua-client";
import { GatewayError } from "../../../errors.ts";
import type { NodeOpcua } from "../client/load-node-opcua.ts";

/** A node id with the URI of its namespace, which stays the same when the server numbers its namespaces anew. */
export function portableNodeId(nodeId: NodeId, namespaces: readonly string[]): string {
  const text = nodeId.toString().replace(/^ns=\d+;/, "");
  const uri = namespaces[nodeId.namespace];
  if (nodeId.namespace === 0) return text;
  return uri === undefined ? `ns=${nodeId.namespace};${text}` : `nsu=${escaped(uri)};${text}`;
}

/** Part 6 of OPC UA, 5.1.12: a semicolon would end the URI. */
function escaped(uri: string): string {
  return uri.replaceAll(";", "%3B");
}

/** @throws {@link GatewayError} `CONFIG_INVALID` when it is no node id, or of a namespace that the server does not have. */
export function resolveNodeId(
  library: NodeOpcua,
  text: string,
  namespaces: readonly string[],
): NodeId {
  const [, uri, rest = text] = /^nsu=([^;]+);(.+)$/.exec(text) ?? [];
  const index = namespaces.findIndex((known) => uri !== undefined && escaped(known) === uri);
  if (uri !== undefined && index < 0) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `the server has no namespace ${uri}, only ${namespaces.join(", ")}`,
    );
  }
  try {
    return library.coerceNodeId(uri === undefined ? text : `ns=${index};${rest}`);
  } catch (cause) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `a node id must look like nsu=urn:acme:line1;s=Pump1 or ns=2;i=1001, got ${JSON.stringify(text)}`,
      { cause },
    );
  }
}
