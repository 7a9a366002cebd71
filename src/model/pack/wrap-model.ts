import { type ForeignModel, graphOf } from "./foreign-model.ts";
import { bytesField, fieldsOf, numberField, textOf } from "./wire.ts";
import { type Wrapping, wrapGraph } from "./wrap-graph.ts";

/** Fields of `ModelProto`. */
const MODEL = { irVersion: 1, graph: 7, opset: 8, metadata: 14 } as const;
/** The first version of the file format in which weights need not be inputs, too. */
const MIN_IR_VERSION = 4;
/** Operators of our own nodes, where the foreign graph uses none of the standard ones. */
const OPSET = 17;
/** A card that the file may already have is not of the file that is made. */
const OWN_METADATA = "wheeltapper.";

/**
 * Wraps the graph of a model file and keeps all else in the file: opsets, functions, metadata of others.
 *
 * @returns an ONNX file whose graph keeps our contract, without a card
 */
export function wrapModel(
  bytes: Uint8Array,
  { irVersion, opsets }: ForeignModel,
  wrapping: Wrapping,
): Uint8Array {
  const fields = [...fieldsOf(bytes)];
  const kept = fields.filter(
    ({ id, body }) =>
      id !== MODEL.irVersion && id !== MODEL.graph && !(id === MODEL.metadata && isOwn(body)),
  );
  const standard = opsets.has("") ? [] : [bytesField(MODEL.opset, numberField(2, OPSET))];
  return Buffer.concat([
    numberField(MODEL.irVersion, Math.max(irVersion, MIN_IR_VERSION)),
    ...kept.map(({ raw }) => raw),
    ...standard,
    bytesField(MODEL.graph, wrapGraph(graphOf(fields), wrapping)),
  ]);
}

function isOwn(metadata: Uint8Array): boolean {
  for (const { id, body } of fieldsOf(metadata)) {
    if (id === 1) return textOf(body).startsWith(OWN_METADATA);
  }
  return false;
}
