import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import { requireTags } from "../../math/require-tags.ts";

/** A tag and its node in the server. */
export interface OpcuaTag extends Tag {
  /** As OPC UA writes it: `ns=2;s=Pump1.Temperature`, `ns=3;i=1001`, `i=2258`. */
  readonly nodeId: string;
}

const nodeIdSyntax =
  /^(ns=\d{1,5};)?(i=\d{1,10}|s=.+|g=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|b=[\w+/=]+)$/i;

/** @throws {@link GatewayError} `CONFIG_INVALID` for the first tag whose node id is not one. */
export function requireOpcuaTags(owner: string, tags: readonly OpcuaTag[]): void {
  requireTags(owner, tags);
  for (const { name, nodeId } of tags) {
    if (typeof nodeId === "string" && nodeIdSyntax.test(nodeId)) continue;
    const message = `${owner}: tag "${name}": nodeId must look like ns=2;s=Pump1.Temperature or ns=3;i=1001, got ${JSON.stringify(nodeId)}`;
    throw new GatewayError("CONFIG_INVALID", message);
  }
}
