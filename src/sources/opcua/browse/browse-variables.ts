import type { DataValue, NodeId } from "node-opcua-client";
import type { NodeOpcua } from "../client/load-node-opcua.ts";
import { toReading } from "../watch/to-reading.ts";
import type { BrowsingSession } from "./browse-session.ts";
import type { TreeNode } from "./browse-tree.ts";

/** What a server says of a variable. */
export interface VariableFacts {
  /** The data type by its name, e.g. `Double` or the name of an enumeration. */
  readonly type: string;
  /** Whether it holds numbers or booleans. */
  readonly isNumeric: boolean;
  readonly isArray: boolean;
  /** Elements of an array, as it stands. */
  readonly length?: number;
  readonly unit?: string;
  readonly range?: readonly [low: number, high: number];
  /** As it stands; absent for structures and for what cannot be read. */
  readonly value?: number | boolean | string | readonly (number | boolean | string)[];
  /** Name of the status code when it is not Good. */
  readonly status?: string;
  /** What this client may do. */
  readonly access: readonly ("read" | "write" | "history")[];
}

const READ = 1;
const WRITE = 2;
const HISTORY = 4;
/** Elements of an array that are shown. */
const MOST_ELEMENTS = 1000;

/** Asks for type, value, access, unit and range of variables. */
export async function readVariables(
  library: NodeOpcua,
  session: BrowsingSession,
  nodes: readonly TreeNode[],
): Promise<ReadonlyMap<TreeNode, VariableFacts>> {
  const { AttributeIds } = library;
  const attributes = [
    AttributeIds.Value,
    AttributeIds.DataType,
    AttributeIds.ValueRank,
    AttributeIds.UserAccessLevel,
  ];
  const described = ["EngineeringUnits", "EURange"];
  const items = nodes.flatMap(({ nodeId, properties }) => [
    ...attributes.map((attributeId) => ({ nodeId, attributeId })),
    ...described.flatMap((name) => {
      const property = properties.get(name);
      return property ? [{ nodeId: property, attributeId: AttributeIds.Value }] : [];
    }),
  ]);
  const answers = (await session.read(items))[Symbol.iterator]();
  const next = (): DataValue => answers.next().value as DataValue;
  const raw = nodes.map((node) => {
    const [value, dataType, rank, access] = [next(), next(), next(), next()];
    const [unit, range] = described.map((name) => (node.properties.has(name) ? next() : undefined));
    return { node, value, dataType, rank, access, unit, range };
  });
  const typeNames = await readTypeNames(
    library,
    session,
    raw.map(({ dataType }) => dataType),
  );
  return new Map(raw.map((each) => [each.node, factsOf(library, each, typeNames)]));
}

interface Raw {
  readonly value: DataValue;
  readonly dataType: DataValue;
  readonly rank: DataValue;
  readonly access: DataValue;
  readonly unit: DataValue | undefined;
  readonly range: DataValue | undefined;
}

function factsOf(
  library: NodeOpcua,
  { value: sent, dataType, rank, access: level, unit, range }: Raw,
  typeNames: ReadonlyMap<string, string>,
): VariableFacts {
  const variant = sent.value;
  const builtIn = variant ? library.DataType[variant.dataType] : undefined;
  const isArray =
    Number(rank.value?.value) >= 0 || (variant?.arrayType ?? 0) !== library.VariantArrayType.Scalar;
  const access = accessOf(Number(level.value?.value));
  const statusCode = sent.statusCode.value >>> 0;
  const value = plain(variant?.value, builtIn, isArray);
  const text = displayName(unit?.value?.value);
  const span = range?.value?.value as { low?: unknown; high?: unknown } | undefined;
  const hasRange =
    Number.isFinite(span?.low) &&
    Number.isFinite(span?.high) &&
    Number(span?.low) < Number(span?.high);
  return {
    type: typeNames.get(String(dataType.value?.value)) ?? builtIn ?? "unknown",
    isNumeric: isNumeric(builtIn, typeNames.get(String(dataType.value?.value))),
    isArray,
    ...(isArray &&
      variant?.value?.length !== undefined && { length: Number(variant.value.length) }),
    ...(text !== undefined && { unit: text }),
    ...(hasRange && { range: [Number(span?.low), Number(span?.high)] as const }),
    ...(value !== undefined && { value }),
    ...(statusCode !== 0 && { status: sent.statusCode.name }),
    access,
  };
}

const numeric = /^(Boolean|SByte|Byte|U?Int(16|32|64)|Float|Double)$/;

/** By the value, or by the declared type where there is no value now. */
function isNumeric(builtIn: string | undefined, declared: string | undefined): boolean {
  return builtIn === undefined || builtIn === "Null"
    ? numeric.test(declared ?? "")
    : numeric.test(builtIn);
}

function accessOf(level: number): VariableFacts["access"] {
  const rights = [
    [READ, "read"],
    [WRITE, "write"],
    [HISTORY, "history"],
  ] as const;
  return rights.filter(([bit]) => (level & bit) !== 0).map(([, right]) => right);
}

type Plain = number | boolean | string;

function plain(value: unknown, type: string | undefined, isArray: boolean): VariableFacts["value"] {
  if (value === null || value === undefined) return undefined;
  if (!isArray) return plainOne(value, type);
  const elements = Array.from(value as ArrayLike<unknown>).slice(0, MOST_ELEMENTS);
  const shown = elements.map((element) => plainOne(element, type));
  return shown.every((element) => element !== undefined) ? (shown as Plain[]) : undefined;
}

function plainOne(value: unknown, type: string | undefined): Plain | undefined {
  if (["string", "boolean", "number"].includes(typeof value)) return value as Plain;
  if (value instanceof Date) return value.toISOString();
  const sent = { statusCode: 0, value, ...(type !== undefined && { type }) };
  const number = toReading("", sent, 0).value; // a 64-bit integer comes as two words
  return Number.isNaN(number) ? displayName({ displayName: value }) : number;
}

/** The text of an `EUInformation`, or of whatever has a `LocalizedText` as its name. */
function displayName(described: unknown): string | undefined {
  const { text } = (described as { displayName?: { text?: unknown } } | null)?.displayName ?? {};
  return typeof text === "string" && text !== "" ? text : undefined;
}

/** The names of data types, each asked for once. */
async function readTypeNames(
  library: NodeOpcua,
  session: BrowsingSession,
  dataTypes: readonly DataValue[],
): Promise<ReadonlyMap<string, string>> {
  const byId = new Map<string, NodeId>();
  for (const { value } of dataTypes) {
    if (value?.value) byId.set(String(value.value), value.value as NodeId);
  }
  const attributeId = library.AttributeIds.BrowseName;
  const names = await session.read([...byId.values()].map((nodeId) => ({ nodeId, attributeId })));
  return new Map(
    [...byId.keys()].flatMap((id, at) => {
      const name = (names[at]?.value?.value as { name?: string } | undefined)?.name;
      return name ? [[id, name] as const] : [];
    }),
  );
}
