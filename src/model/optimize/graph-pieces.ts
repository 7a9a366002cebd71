import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from "../onnx/schema.ts";

/** Numbers of element types and kinds of attributes in onnx.proto3. */
const TYPE = { float32: 1, uint8: 2, int8: 3 } as const;
const KIND_INT = 2;

/** Makes the nodes and tensors that stand in for one node. */
export interface Replacement {
  readonly nodes: OnnxNode[];
  node(
    opType: string,
    input: readonly string[],
    attribute?: readonly OnnxAttribute[],
    domain?: string,
  ): string;
  /** Adds the node that gives what the replaced one gave, and returns them all. */
  finish(opType: string, input: readonly string[], domain?: string): readonly OnnxNode[];
  bytes(hint: string, values: Int8Array | Uint8Array, dims: OnnxTensor["dims"]): string;
  floats(hint: string, values: Float32Array, dims: OnnxTensor["dims"]): string;
}

/** What a rewritten graph is made of. */
export interface Pieces {
  readonly tensors: OnnxTensor[];
  /** The attribute of a `Cast` to float32. */
  readonly toFloat: readonly OnnxAttribute[];
  within(node: OnnxNode): Replacement;
  copy(node: OnnxNode, input: readonly string[]): OnnxNode;
}

/** Starts to rewrite `graph`; names of what is added do not meet those that are there. */
export function createPieces(graph: OnnxGraph): Pieces {
  const tensors: OnnxTensor[] = [];
  let prefix = "int8";
  while (graph.initializer.some(({ name }) => name.startsWith(`${prefix}/`))) prefix += "_";
  const tensor = (
    name: string,
    dataType: number,
    values: Float32Array | Int8Array | Uint8Array,
    dims: OnnxTensor["dims"],
  ): string => {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    tensors.push({ name, dims, dataType, rawData });
    return name;
  };

  const within = ({ output }: OnnxNode): Replacement => {
    const [result = ""] = output;
    const nodes: OnnxNode[] = [];
    const push = (node: Omit<OnnxNode, "output">): string => {
      nodes.push({ ...node, output: [node.name] });
      return node.name;
    };
    return {
      nodes,
      node(opType, input, attribute = [], domain = "") {
        const name = `${prefix}/${result}/${opType}_${nodes.length}`;
        return push({ opType, name, input, attribute, domain });
      },
      finish(opType, input, domain = "") {
        push({ opType, name: result, input, attribute: [], domain });
        return nodes;
      },
      bytes: (hint, values, dims) =>
        tensor(
          `${prefix}/${result}/${hint}`,
          values instanceof Int8Array ? TYPE.int8 : TYPE.uint8,
          values,
          dims,
        ),
      floats: (hint, values, dims) =>
        tensor(`${prefix}/${result}/${hint}`, TYPE.float32, values, dims),
    };
  };

  return {
    tensors,
    toFloat: [{ name: "to", i: TYPE.float32, type: KIND_INT }],
    within,
    copy: ({ opType, name, output, attribute }, input) => ({
      opType,
      name,
      input,
      output,
      attribute,
    }),
  };
}
