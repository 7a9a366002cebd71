import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from "../onnx/schema.ts";

/** Numbers of element types and kinds of attributes in onnx.proto3. */
const TYPE = { float32: 1, uint8: 2, int8: 3, int64: 7 } as const;
const KIND = { int: 2, ints: 7 } as const;
/** From this version on, `ReduceMax` takes its axes as an input. */
const AXES_AS_INPUT = 18;
/** Steps from zero to the largest value of a row, to either side. */
const STEPS = 127;
/** A row of nothing but zeros must not be divided by zero. */
const TINY = 1e-9;

/** Makes the nodes and tensors that stand in for one node. */
export interface Replacement {
  readonly nodes: OnnxNode[];
  node(opType: string, input: readonly string[], attribute?: readonly OnnxAttribute[]): string;
  /** Adds the node that gives what the replaced one gave, and returns them all. */
  finish(opType: string, input: readonly string[]): readonly OnnxNode[];
  bytes(hint: string, values: Int8Array, dims: OnnxTensor["dims"]): string;
  floats(hint: string, values: Float32Array, dims: OnnxTensor["dims"]): string;
}

/** What a rewritten graph is made of. */
export interface Pieces {
  readonly tensors: OnnxTensor[];
  readonly steps: number;
  /** The attribute of a `Cast` to float32. */
  readonly toFloat: readonly OnnxAttribute[];
  within(node: OnnxNode): Replacement;
  copy(node: OnnxNode, input: readonly string[]): OnnxNode;
  /** Names of the constants that all 8-bit products share. */
  constants(): { readonly zero: string; readonly step: string; readonly tiny: string };
  /** Adds the largest value of each row, as a column. */
  largestOfRow(add: Replacement, value: string): string;
}

/** Starts to rewrite `graph`; names of what is added do not meet those that are there. */
export function createPieces(graph: OnnxGraph, opset: number): Pieces {
  const tensors: OnnxTensor[] = [];
  let prefix = "int8";
  while (graph.initializer.some(({ name }) => name.startsWith(`${prefix}/`))) prefix += "_";
  const tensor = (
    name: string,
    dataType: number,
    values: Float32Array | Int8Array | Uint8Array | BigInt64Array,
    dims: OnnxTensor["dims"],
  ): string => {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    if (!tensors.some((one) => one.name === name)) tensors.push({ name, dims, dataType, rawData });
    return name;
  };

  const within = ({ output }: OnnxNode): Replacement => {
    const [result = ""] = output;
    const nodes: OnnxNode[] = [];
    const push = (
      opType: string,
      input: readonly string[],
      name: string,
      attribute: readonly OnnxAttribute[],
    ): string => {
      nodes.push({ opType, name, input, output: [name], attribute });
      return name;
    };
    return {
      nodes,
      node: (opType, input, attribute = []) =>
        push(opType, input, `${prefix}/${result}/${opType}_${nodes.length}`, attribute),
      finish(opType, input) {
        push(opType, input, result, []);
        return nodes;
      },
      bytes: (hint, values, dims) => tensor(`${prefix}/${result}/${hint}`, TYPE.int8, values, dims),
      floats: (hint, values, dims) =>
        tensor(`${prefix}/${result}/${hint}`, TYPE.float32, values, dims),
    };
  };

  return {
    tensors,
    steps: STEPS,
    toFloat: [{ name: "to", i: TYPE.float32, type: KIND.int }],
    within,
    copy: ({ opType, name, output, attribute }, input) => ({
      opType,
      name,
      input,
      output,
      attribute,
    }),
    constants: () => ({
      zero: tensor(`${prefix}/zero`, TYPE.uint8, Uint8Array.of(STEPS + 1), []),
      step: tensor(`${prefix}/step`, TYPE.float32, Float32Array.of(1 / STEPS), []),
      tiny: tensor(`${prefix}/tiny`, TYPE.float32, Float32Array.of(TINY), []),
    }),
    largestOfRow(add, value) {
      if (opset < AXES_AS_INPUT) {
        return add.node("ReduceMax", [value], [{ name: "axes", ints: [-1], type: KIND.ints }]);
      }
      const axes = tensor(`${prefix}/axes`, TYPE.int64, BigInt64Array.of(-1n), [1]);
      return add.node("ReduceMax", [value, axes]);
    },
  };
}
