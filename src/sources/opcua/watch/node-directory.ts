import type { OpcuaClient } from "../opcua-client.ts";
import type { OpcuaTag } from "../opcua-tag.ts";

/** Where tags are on a server as it is now. */
export interface ResolvedTags {
  readonly known: readonly { readonly tag: OpcuaTag; readonly nodeId: string }[];
  /** Their namespace is not on the server. */
  readonly unknown: readonly OpcuaTag[];
  readonly namespaces: readonly string[];
}

/** Looks up the numbers of namespaces, which a server may give anew whenever it starts. */
export interface NodeDirectory {
  resolve(tags: readonly OpcuaTag[]): Promise<ResolvedTags>;
  /** Whether what was resolved last may be something else now; never when no tag names a namespace by its URI. */
  hasChanged(): Promise<boolean>;
}

/** `nsu=<uri>;<identifier>` */
const byUri = /^nsu=([^;]+);(.+)$/i;

export function nodeDirectory(client: OpcuaClient, tags: readonly OpcuaTag[]): NodeDirectory {
  const needsUris = tags.some(({ nodeId }) => byUri.test(nodeId));
  let namespaces: readonly string[] = [];

  const look = async (): Promise<readonly string[]> =>
    needsUris ? client.namespaces() : namespaces;

  return {
    async resolve(wanted) {
      namespaces = await look();
      const places = wanted.map((tag) => ({ tag, nodeId: numbered(tag.nodeId, namespaces) }));
      return {
        known: places.flatMap(({ tag, nodeId }) => (nodeId === undefined ? [] : [{ tag, nodeId }])),
        unknown: places.flatMap(({ tag, nodeId }) => (nodeId === undefined ? [tag] : [])),
        namespaces,
      };
    },
    async hasChanged() {
      const now = await look();
      return now.join("\n") !== namespaces.join("\n");
    },
  };
}

function numbered(nodeId: string, namespaces: readonly string[]): string | undefined {
  const [, uri, identifier] = byUri.exec(nodeId) ?? [];
  if (uri === undefined) return nodeId;
  const index = namespaces.indexOf(uri);
  return index < 0 ? undefined : `ns=${index};${identifier}`;
}
