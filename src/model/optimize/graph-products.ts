import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from "../onnx/schema.ts";

/** A product of a value and a constant float32 matrix. */
export interface Product {
  readonly node: OnnxNode;
  readonly tensor: OnnxTensor;
  readonly inputs: number;
  readonly outputs: number;
  /** Whether the numbers of the matrix lie as `[outputs, inputs]`. */
  readonly transposed: boolean;
  /** Whether the node adds a constant vector `[outputs]`. */
  readonly addsVector: boolean;
  /** Whether it follows another product, or another one follows it, with nothing between: principal components, not layers. */
  readonly isLinear: boolean;
}

/** Fewest inputs, and fewest outputs, of a matrix that is multiplied in 8 bits. */
export const MULTIPLY_FROM = 64;

/** Finds the products of a graph; those in bodies of loops and branches are left alone. */
export function productsOf({ node, initializer }: OnnxGraph): readonly Product[] {
  const tensors = new Map(initializer.map((tensor) => [tensor.name, tensor]));
  const found = node.flatMap((one) => {
    const tensor = tensors.get(one.input[1] ?? "");
    return tensor !== undefined && isProduct(one) && isMatrix(tensor)
      ? [{ node: one, tensor }]
      : [];
  });
  const made = new Set(found.map((one) => one.node.output[0]));
  const taken = new Set(found.map((one) => one.node.input[0]));
  return found.map(({ node: one, tensor }) => {
    const transposed = number(one, "transB", 0) === 1;
    const [rows, columns] = tensor.dims.map(Number) as [number, number];
    const [inputs, outputs] = transposed ? [columns, rows] : [rows, columns];
    const added = tensors.get(one.input[2] ?? "");
    return {
      node: one,
      tensor,
      inputs,
      outputs,
      transposed,
      addsVector: added?.dims.length === 1 && Number(added.dims[0]) === outputs,
      isLinear: made.has(one.input[0]) || taken.has(one.output[0]),
    };
  });
}

/**
 * Whether a product is faster in 8 bits: what that saves must make up for rounding what goes in and for scaling what comes out. Measured on x64 with VNNI in
 * batches of 256: a network 128-64-8-64-128 takes five sixths of the time, 64-32-8-32-64 as long as before.
 */
export function isWorthMultiplying({ inputs, outputs, isLinear }: Product): boolean {
  return !isLinear && Math.min(inputs, outputs) >= MULTIPLY_FROM;
}

/** Numbers of a float32 tensor. */
export function floatsOf({ rawData }: OnnxTensor): Float32Array {
  return new Float32Array(Uint8Array.from(rawData).buffer);
}

/** Everything that a graph refers to, bodies of loops and branches included. */
export function namesUsed(graph: OnnxGraph): string[] {
  const inNodes = graph.node.flatMap(({ input, attribute }) => [
    ...input,
    ...attribute.flatMap(({ g }) => (g ? namesUsed(g) : [])),
  ]);
  return [...inNodes, ...graph.output.map(({ name }) => name)];
}

export function isStandard(domain = ""): boolean {
  return domain === "" || domain === "ai.onnx";
}

/** `MatMul`, or `Gemm` as a layer has it. */
function isProduct(node: OnnxNode): boolean {
  if (!isStandard(node.domain)) return false;
  if (node.opType === "MatMul") return true;
  const isPlain = number(node, "alpha", 1) === 1 && number(node, "beta", 1) === 1;
  return node.opType === "Gemm" && isPlain && number(node, "transA", 0) === 0;
}

function number({ attribute }: OnnxNode, name: string, usual: number): number {
  const found: OnnxAttribute | undefined = attribute.find((one) => one.name === name);
  if (found === undefined) return usual;
  return name.startsWith("trans") ? Number(found.i) : Number(found.f);
}

function isMatrix({ dims, dataType, rawData }: OnnxTensor): boolean {
  const float32 = 1;
  const size = dims.reduce((product: number, length) => product * Number(length), 1);
  return dataType === float32 && dims.length === 2 && rawData.length === 4 * size && size > 0;
}
