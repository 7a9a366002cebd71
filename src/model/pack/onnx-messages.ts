import { bytesField, fieldsOf, textOf, type WireField } from "./wire.ts";

/** The messages of onnx.proto3 in which names and tensors are found. */
export type OnnxMessage =
  | "model"
  | "graph"
  | "node"
  | "attribute"
  | "tensor"
  | "sparseTensor"
  | "valueInfo"
  | "annotation"
  | "annotationEntry"
  | "function"
  | "trainingInfo";

/** Which field of a message is a message of these in turn. */
const PARTS: Readonly<Record<OnnxMessage, Readonly<Record<number, OnnxMessage>>>> = {
  model: { 7: "graph", 20: "trainingInfo", 25: "function" },
  graph: {
    1: "node",
    5: "tensor",
    11: "valueInfo",
    12: "valueInfo",
    13: "valueInfo",
    14: "annotation",
    15: "sparseTensor",
  },
  node: { 5: "attribute" },
  attribute: {
    5: "tensor",
    6: "graph",
    10: "tensor",
    11: "graph",
    22: "sparseTensor",
    23: "sparseTensor",
  },
  tensor: {},
  sparseTensor: { 1: "tensor", 2: "tensor" },
  valueInfo: {},
  annotation: { 2: "annotationEntry" },
  annotationEntry: {},
  function: { 7: "node", 11: "attribute" },
  trainingInfo: { 1: "graph", 2: "graph" },
};

/** Which fields hold the name of a node, or of a value: what flows from node to node. */
const NAMES: Partial<Readonly<Record<OnnxMessage, readonly number[]>>> = {
  node: [1, 2, 3],
  tensor: [8],
  valueInfo: [1],
  annotation: [1],
  annotationEntry: [2],
};

/** Calls `visit` for every field of a message and of all messages in it, however deep: bodies of loops and branches, too. */
export function visitFields(
  kind: OnnxMessage,
  message: Uint8Array,
  visit: (kind: OnnxMessage, field: WireField) => void,
): void {
  for (const field of fieldsOf(message)) {
    visit(kind, field);
    const part = PARTS[kind][field.id];
    if (part !== undefined) visitFields(part, field.body, visit);
  }
}

/** Gives every node and value of a message, and of the messages in it, the name that `rename` makes of its own. */
export function renameAll(
  kind: OnnxMessage,
  message: Uint8Array,
  rename: (name: string) => string,
): Uint8Array {
  const fields = Array.from(fieldsOf(message), ({ id, raw, body }) => {
    if (NAMES[kind]?.includes(id)) return bytesField(id, rename(textOf(body)));
    const part = PARTS[kind][id];
    return part === undefined ? raw : bytesField(id, renameAll(part, body, rename));
  });
  return Buffer.concat(fields);
}
