import type { OpcuaClient } from "../opcua-client.ts";
import { namespacesChanged } from "../opcua-failure.ts";
import type { OpcuaTag } from "../opcua-tag.ts";
import type { WatchServerOptions } from "./watch-options.ts";

/** Where tags are on a server as it is now. */
export interface ResolvedTags {
  readonly known: readonly { readonly tag: OpcuaTag; readonly nodeId: string }[];
  /** Their namespace is not on the server. */
  readonly unknown: readonly OpcuaTag[];
  readonly namespaces: readonly string[];
  /** False once the link was lost: requests that were under way may have been answered by a restarted server, of other nodes. */
  isSure(): boolean;
}

/** Looks up the numbers of namespaces, which a server may give anew whenever it starts. */
export interface NodeDirectory {
  /** @throws {@link GatewayError} `SOURCE_UNREACHABLE` when what was resolved before is something else now. */
  resolve(tags: readonly OpcuaTag[]): Promise<ResolvedTags>;
  /** The link was lost. */
  doubt(): void;
}

/** `nsu=<uri>;<identifier>` */
const byUri = /^nsu=([^;]+);(.+)$/i;

/** The directory of one session, which may have been on the server before it was restarted. */
export function nodeDirectory(
  client: OpcuaClient,
  { target, tags }: Pick<WatchServerOptions, "target" | "tags">,
): NodeDirectory {
  const needsUris = tags.some(({ nodeId }) => byUri.test(nodeId));
  let namespaces: readonly string[] = [];

  let losses = 0;
  return {
    doubt() {
      losses += 1;
    },
    async resolve(wanted) {
      const before = losses;
      const now = needsUris ? await client.namespaces() : [];
      // New ones may come at the end at any time.
      if (namespaces.some((uri, index) => now[index] !== uri)) throw namespacesChanged(target);
      namespaces = now;
      const places = wanted.map((tag) => ({ tag, nodeId: numbered(tag.nodeId, namespaces) }));
      return {
        known: places.flatMap(({ tag, nodeId }) => (nodeId === undefined ? [] : [{ tag, nodeId }])),
        unknown: places.flatMap(({ tag, nodeId }) => (nodeId === undefined ? [tag] : [])),
        namespaces,
        isSure: () => losses === before,
      };
    },
  };
}

function numbered(nodeId: string, namespaces: readonly string[]): string | undefined {
  const [, uri, identifier] = byUri.exec(nodeId) ?? [];
  if (uri === undefined) return nodeId;
  const index = namespaces.indexOf(uri);
  return index < 0 ? undefined : `ns=${index};${identifier}`;
}
