import protobuf from "protobufjs/light.js";
import { GatewayError } from "../../errors.ts";

/**
 * The messages of onnx.proto3 (ONNX 1.16) that our files are made of. Reading a file that has other
 * fields keeps working: protobuf passes over what it does not know.
 */
const { root } = protobuf.Root.fromJSON({
  nested: {
    Attribute: {
      fields: {
        name: { id: 1, type: "string" },
        f: { id: 2, type: "float" },
        i: { id: 3, type: "int64" },
        g: { id: 6, type: "Graph" },
        ints: { id: 8, type: "int64", rule: "repeated" },
        type: { id: 20, type: "int32" },
      },
    },
    Node: {
      fields: {
        input: { id: 1, type: "string", rule: "repeated" },
        output: { id: 2, type: "string", rule: "repeated" },
        name: { id: 3, type: "string" },
        opType: { id: 4, type: "string" },
        attribute: { id: 5, type: "Attribute", rule: "repeated" },
        domain: { id: 7, type: "string" },
      },
    },
    Tensor: {
      fields: {
        dims: { id: 1, type: "int64", rule: "repeated" },
        dataType: { id: 2, type: "int32" },
        name: { id: 8, type: "string" },
        rawData: { id: 9, type: "bytes" },
      },
    },
    Dimension: {
      oneofs: { value: { oneof: ["dimValue", "dimParam"] } },
      fields: {
        dimValue: { id: 1, type: "int64" },
        dimParam: { id: 2, type: "string" },
      },
    },
    Shape: { fields: { dim: { id: 1, type: "Dimension", rule: "repeated" } } },
    TensorType: {
      fields: { elemType: { id: 1, type: "int32" }, shape: { id: 2, type: "Shape" } },
    },
    ValueType: { fields: { tensorType: { id: 1, type: "TensorType" } } },
    ValueInfo: {
      fields: { name: { id: 1, type: "string" }, type: { id: 2, type: "ValueType" } },
    },
    Graph: {
      fields: {
        node: { id: 1, type: "Node", rule: "repeated" },
        name: { id: 2, type: "string" },
        initializer: { id: 5, type: "Tensor", rule: "repeated" },
        input: { id: 11, type: "ValueInfo", rule: "repeated" },
        output: { id: 12, type: "ValueInfo", rule: "repeated" },
      },
    },
    OperatorSet: {
      fields: { domain: { id: 1, type: "string" }, version: { id: 2, type: "int64" } },
    },
    Metadata: { fields: { key: { id: 1, type: "string" }, value: { id: 2, type: "string" } } },
    Model: {
      fields: {
        irVersion: { id: 1, type: "int64" },
        producerName: { id: 2, type: "string" },
        graph: { id: 7, type: "Graph" },
        opsetImport: { id: 8, type: "OperatorSet", rule: "repeated" },
        metadataProps: { id: 14, type: "Metadata", rule: "repeated" },
      },
    },
  },
});
const modelType = root.lookupType("Model");
const metadataType = root.lookupType("Metadata");
const graphType = root.lookupType("Graph");

export interface OnnxMetadata {
  readonly key: string;
  readonly value: string;
}

const METADATA_FIELD = 14;

/** Encodes one model; `graph` is as `GraphBuilder.build` makes it. */
export function encodeModel(
  graph: object,
  opset: number,
  metadata: readonly OnnxMetadata[],
): Uint8Array {
  return modelType
    .encode(
      modelType.fromObject({
        irVersion: 9,
        producerName: "wheeltapper",
        graph,
        opsetImport: [{ domain: "", version: opset }],
        metadataProps: metadata,
      }),
    )
    .finish();
}

/** Encodes a graph alone, to be a part of a larger one; `graph` is as `GraphBuilder.build` makes it. */
export function encodeGraph(graph: object): Uint8Array {
  return graphType.encode(graphType.fromObject(graph)).finish();
}

/** A node of a graph that is changed. */
export interface OnnxNode {
  readonly opType: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly OnnxAttribute[];
  /**
   * Whose operator it is.
   * @defaultValue that of ONNX itself
   */
  readonly domain?: string;
}

export interface OnnxAttribute {
  readonly name: string;
  readonly f?: number;
  readonly i?: number | { toString(): string };
  readonly ints?: readonly number[];
  readonly g?: OnnxGraph;
  readonly type: number;
}

export interface OnnxTensor {
  readonly name: string;
  /** 64-bit numbers: take them by `Number`. */
  readonly dims: readonly (number | { toString(): string })[];
  readonly dataType: number;
  /** Empty where the numbers lie in another field. */
  readonly rawData: Uint8Array;
}

export interface OnnxGraph {
  node: readonly OnnxNode[];
  initializer: readonly OnnxTensor[];
  input: readonly { readonly name: string }[];
  output: readonly { readonly name: string }[];
}

/** A model as it was read, to be changed in place; what is not named here is kept as it is. */
export interface OnnxModel {
  readonly graph: OnnxGraph;
  opsetImport: readonly { readonly domain: string; readonly version: unknown }[];
  metadataProps: readonly OnnxMetadata[];
}

/**
 * Reads a model to change it.
 *
 * @throws GatewayError `MODEL_INVALID` when the bytes are not one.
 */
export function decodeModel(bytes: Uint8Array, name: string): OnnxModel {
  try {
    const reader = protobuf.Reader.create(bytes);
    reader.discardUnknown = false;
    const model = modelType.decode(reader) as unknown as OnnxModel;
    if (!model.graph) throw new Error("it has no graph");
    return model;
  } catch (cause) {
    throw notOnnx(bytes, name, cause);
  }
}

/** Encodes a model that was read by {@link decodeModel} and changed. */
export function encodeChanged(model: OnnxModel): Uint8Array {
  return modelType.encode(model as unknown as protobuf.Message).finish();
}

/**
 * Encodes one metadata entry as a field of the model, to be appended to the bytes of a model: in protobuf,
 * appending an element of a repeated field to a message is the same as adding it.
 */
export function encodeMetadataField(entry: OnnxMetadata): Uint8Array {
  const lengthDelimited = 2;
  return protobuf.Writer.create()
    .uint32((METADATA_FIELD << 3) | lengthDelimited)
    .bytes(metadataType.encode(entry).finish())
    .finish();
}

/**
 * Reads the metadata of an ONNX file.
 *
 * @throws GatewayError `MODEL_INVALID` when the bytes are not one.
 */
export function decodeMetadata(bytes: Uint8Array, name: string): readonly OnnxMetadata[] {
  return decodeModel(bytes, name).metadataProps;
}

function notOnnx(bytes: Uint8Array, name: string, cause: unknown): GatewayError {
  return new GatewayError(
    "MODEL_INVALID",
    `${name}: expected an ONNX file, got ${bytes.length} bytes that are not one`,
    {
      cause,
      hint: "Check that the file is complete and was written by `wheeltapper train` or `saveModel`.",
    },
  );
}
