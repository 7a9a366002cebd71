import type { BrowsedNode, ServerFindings } from "../../sources/opcua/browse/browse-server.ts";
import type { VariableFacts } from "../../sources/opcua/browse/browse-variables.ts";
import { columns } from "../columns.ts";
import { showValue } from "./show-guess.ts";

/** Longest text of a value. */
const MOST_CHARACTERS = 30;
const MOST_ELEMENTS = 4;

/** What people see: a tree, with what is known of each variable beside it. */
export function nodeLines(
  endpointUrl: string,
  { root, hasMore }: ServerFindings,
): readonly string[] {
  const rows = treeRows(root, "", "");
  const count = countVariables(root);
  return [
    `opcua ${endpointUrl}: ${count} ${count === 1 ? "variable" : "variables"}`,
    "",
    ...columns([["name", "type", "unit", "range", "value", "access", "node id"], ...rows]),
    "",
    ...(hasMore ? ["There is more: begin deeper with --node, or raise --max and --depth."] : []),
    "access: r read, w write, h history. --yaml prints the tags.",
  ];
}

function treeRows(
  node: BrowsedNode,
  first: string,
  others: string,
): readonly (readonly string[])[] {
  const last = node.children.length - 1;
  return [
    [`${first}${node.name}`, ...cells(node), node.nodeId],
    ...node.children.flatMap((child, at) =>
      at === last
        ? treeRows(child, `${others}└ `, `${others}  `)
        : treeRows(child, `${others}├ `, `${others}│ `),
    ),
  ];
}

function cells({ variable, isProperty }: BrowsedNode): readonly string[] {
  if (!variable) return ["", "", "", "", ""];
  const { type, isArray, length, unit = "", range, access } = variable;
  const array = isArray ? `[${length ?? ""}]` : "";
  return [
    `${type}${array}${isProperty ? " property" : ""}`,
    unit,
    range ? `${range[0]} to ${range[1]}` : "",
    showNodeValue(variable),
    access.map((right) => right.charAt(0)).join(""),
  ];
}

/** The value as it stands, in few words, with its status when that is not Good. */
export function showNodeValue({ value, status }: VariableFacts): string {
  const parts = Array.isArray(value)
    ? [
        value.slice(0, MOST_ELEMENTS).map(showOne).join(", ") +
          (value.length > MOST_ELEMENTS ? ", …" : ""),
      ]
    : value === undefined
      ? []
      : [showOne(value as number | boolean | string)];
  const text = [...parts, ...(status === undefined ? [] : [status])].join(" ");
  return text.length > MOST_CHARACTERS && status === undefined
    ? `${text.slice(0, MOST_CHARACTERS - 1)}…`
    : text;
}

function showOne(value: number | boolean | string): string {
  return typeof value === "boolean" ? String(value) : showValue(value);
}

function countVariables({ variable, children }: BrowsedNode): number {
  return children.reduce((sum, child) => sum + countVariables(child), variable ? 1 : 0);
}
