import type { BrowsedNode, ServerFindings } from "../../sources/opcua/browse/browse-server.ts";
import { showNodeValue } from "./node-lines.ts";
import { yamlFlow } from "./yaml-flow.ts";

/** The numbers and booleans as the `tags` of a source; arrays of them are there, too, but commented out. */
export function nodeYaml(address: string, { root, hasMore }: ServerFindings): readonly string[] {
  const names = new Set<string>();
  const tags = below(root, []).flatMap(({ node, path }) => {
    const { nodeId, isProperty, variable } = node;
    if (!variable?.isNumeric || isProperty || !variable.access.includes("read")) return [];
    const name = uniqueName(path.join("."), names);
    const { unit, range } = variable;
    const tag = yamlFlow({ name, nodeId, ...(unit && { unit }), ...(range && { range }) });
    const shown = `${variable.type} ${showNodeValue(variable)}`.trim();
    return variable.isArray
      ? [`  # array of ${variable.length ?? "any"} ${shown}: ${tag}`]
      : [`  - ${tag} # ${shown}`];
  });
  return [
    `# found in ${address} by wheeltapper browse`,
    ...(hasMore ? ["# there is more: begin deeper with --node, or raise --max and --depth"] : []),
    "tags:",
    ...tags,
  ];
}

interface Placed {
  readonly node: BrowsedNode;
  /** Names from below the root. */
  readonly path: readonly string[];
}

function below(node: BrowsedNode, path: readonly string[]): readonly Placed[] {
  const own = path.length === 0 && node.variable ? [{ node, path: [node.name] }] : [];
  return [
    ...own,
    ...node.children.flatMap((child) => {
      const childPath = [...path, child.name];
      return [{ node: child, path: childPath }, ...below(child, childPath)];
    }),
  ];
}

/** Two nodes may have the same path, in different namespaces. */
function uniqueName(path: string, taken: Set<string>): string {
  let name = path;
  for (let number = 2; taken.has(name); number += 1) name = `${path}_${number}`;
  taken.add(name);
  return name;
}
