import { GatewayError } from "../../errors.ts";
import { visitFields } from "./onnx-messages.ts";
import { fieldsOf, textOf, type WireField } from "./wire.ts";

/** A number fixes a dimension, a text leaves it open. */
export type ForeignShape = readonly (number | string)[];

export interface ForeignValue {
  readonly name: string;
  /** By its number in onnx.proto3; 0 when the value is no tensor. */
  readonly elementType: number;
  /** Absent when the file leaves it open altogether. */
  readonly shape?: ForeignShape;
}

/** What a model file of another library says about itself. */
export interface ForeignModel {
  /** Library and version, e.g. `pytorch 1.13.0`. */
  readonly producer: string;
  readonly irVersion: number;
  /** Versions of the operators, by domain; the standard domain is `""`. */
  readonly opsets: ReadonlyMap<string, number>;
  /** What must be fed; weights that are listed as inputs, too, are none. */
  readonly inputs: readonly ForeignValue[];
  readonly outputs: readonly ForeignValue[];
  /** Names of tensors whose data lies in another file. */
  readonly external: readonly string[];
}

/** Fields of onnx.proto3. */
const MODEL = { irVersion: 1, producer: 2, producerVersion: 3, graph: 7, opset: 8 } as const;
const GRAPH = { initializer: 5, input: 11, output: 12, sparseInitializer: 15 } as const;
const TENSOR = { name: 8, externalData: 13, dataLocation: 14 } as const;

/**
 * Reads what a model file says about itself, without running it.
 *
 * @throws GatewayError `MODEL_INVALID` when the bytes are no ONNX file
 */
export function readForeignModel(bytes: Uint8Array, name: string): ForeignModel {
  try {
    const fields = [...fieldsOf(bytes)];
    const bodyOf = (id: number): Uint8Array =>
      fields.findLast((field) => field.id === id)?.body ?? new Uint8Array();
    const graph = graphOf(fields);
    if (graph.length === 0) throw new Error("it has no graph");
    const producer = [MODEL.producer, MODEL.producerVersion].map((id) => textOf(bodyOf(id)));
    return {
      producer: producer.filter((word) => word !== "").join(" ") || "an unnamed library",
      irVersion: fields.find(({ id }) => id === MODEL.irVersion)?.value ?? 0,
      opsets: new Map(fields.filter(({ id }) => id === MODEL.opset).map(({ body }) => opset(body))),
      ...valuesOf(graph),
      external: externalTensors(bytes),
    };
  } catch (cause) {
    throw new GatewayError(
      "MODEL_INVALID",
      `${name}: expected an ONNX file, got ${bytes.length} bytes that are not one`,
      { cause, hint: "Export the model to ONNX, and check that the file is complete." },
    );
  }
}

/** The graph of a model; protobuf allows it to come in several pieces. */
export function graphOf(fields: readonly WireField[]): Uint8Array {
  return Buffer.concat(fields.filter(({ id }) => id === MODEL.graph).map(({ body }) => body));
}

function opset(body: Uint8Array): readonly [string, number] {
  let domain = "";
  let version = 0;
  for (const field of fieldsOf(body)) {
    if (field.id === 1) domain = textOf(field.body);
    if (field.id === 2) version = field.value;
  }
  return [domain === "ai.onnx" ? "" : domain, version];
}

function valuesOf(graph: Uint8Array): Pick<ForeignModel, "inputs" | "outputs"> {
  const weights = new Set<string>();
  const inputs: ForeignValue[] = [];
  const outputs: ForeignValue[] = [];
  for (const { id, body } of fieldsOf(graph)) {
    if (id === GRAPH.initializer) weights.add(tensorName(body));
    if (id === GRAPH.sparseInitializer) weights.add(tensorName(partOf(body, 1) ?? body));
    if (id === GRAPH.input) inputs.push(readValue(body));
    if (id === GRAPH.output) outputs.push(readValue(body));
  }
  return { inputs: inputs.filter(({ name }) => !weights.has(name)), outputs };
}

function tensorName(tensor: Uint8Array): string {
  return textOf(partOf(tensor, TENSOR.name) ?? new Uint8Array());
}

/** Reads a `ValueInfoProto`: name, and of the type the tensor's element type and shape. */
function readValue(body: Uint8Array): ForeignValue {
  const name = textOf(partOf(body, 1) ?? new Uint8Array());
  const tensor = partOf(partOf(body, 2), 1);
  if (tensor === undefined) return { name, elementType: 0 };
  const elementType = [...fieldsOf(tensor)].find(({ id }) => id === 1)?.value ?? 0;
  const shape = partOf(tensor, 2);
  if (shape === undefined) return { name, elementType };
  const dimensions = [...fieldsOf(shape)].filter(({ id }) => id === 1);
  return { name, elementType, shape: dimensions.map((field) => readDimension(field.body)) };
}

function readDimension(body: Uint8Array): number | string {
  for (const field of fieldsOf(body)) {
    if (field.id === 1) return field.value > 2 ** 31 ? "?" : field.value; // old exporters write -1 for open
    if (field.id === 2) return textOf(field.body);
  }
  return "?";
}

function partOf(message: Uint8Array | undefined, id: number): Uint8Array | undefined {
  if (message === undefined) return undefined;
  return [...fieldsOf(message)].find((field) => field.id === id)?.body;
}

function externalTensors(bytes: Uint8Array): readonly string[] {
  const names = new Set<string>();
  let name = "";
  visitFields("model", bytes, (kind, { id, body, value }) => {
    if (kind !== "tensor") return;
    if (id === TENSOR.name) name = textOf(body);
    if (id === TENSOR.externalData || (id === TENSOR.dataLocation && value === 1)) names.add(name);
  });
  return [...names];
}
