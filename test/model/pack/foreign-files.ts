import { encodeModel } from "../../../src/model/onnx/schema.ts";
import { bytesField, numberField } from "../../../src/model/pack/wire.ts";

interface Operation {
  readonly operator: string;
  readonly input: readonly string[];
  readonly output: string;
}

/** A file as tf2onnx writes it: value names with slashes and colons, shapes as initializers, node names of the layers. */
export function kerasFile(): Uint8Array {
  const floats = (name: string, dims: readonly number[], ...values: number[]): object => ({
    name,
    dims,
    dataType: 1,
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  });
  const shape = (name: string, ...sizes: number[]): object => ({
    name,
    dims: [sizes.length],
    dataType: 7,
    rawData: new Uint8Array(BigInt64Array.from(sizes, BigInt).buffer),
  });
  const third = 1 / Math.sqrt(3); // current and temperature rise with the load, pressure falls
  const layer = "StatefulPartitionedCall/sequential/time_distributed";
  const operations: readonly Operation[] = [
    { operator: "Reshape", input: ["input_1", "const_fold_opt__12"], output: `${layer}/Reshape:0` },
    {
      operator: "MatMul",
      input: [`${layer}/Reshape:0`, `${layer}/dense/MatMul/ReadVariableOp:0`],
      output: `${layer}/dense/MatMul:0`,
    },
    {
      operator: "Add",
      input: [`${layer}/dense/MatMul:0`, `${layer}/dense/BiasAdd/ReadVariableOp:0`],
      output: `${layer}/dense/BiasAdd:0`,
    },
    {
      operator: "MatMul",
      input: [`${layer}/dense/BiasAdd:0`, `${layer}_1/dense_1/MatMul/ReadVariableOp:0`],
      output: `${layer}_1/dense_1/MatMul:0`,
    },
    {
      operator: "Reshape",
      input: [`${layer}_1/dense_1/MatMul:0`, "const_fold_opt__13"],
      output: "time_distributed_1",
    },
  ];
  return encodeModel(
    {
      name: "tf2onnx",
      node: operations.map(({ operator, input, output }) => ({
        opType: operator,
        name: output.replace(/:0$/, ""),
        input,
        output: [output],
      })),
      initializer: [
        shape("const_fold_opt__12", -1, 3),
        shape("const_fold_opt__13", -1, 8, 3),
        floats(`${layer}/dense/MatMul/ReadVariableOp:0`, [3, 1], third, -third, third),
        floats(`${layer}/dense/BiasAdd/ReadVariableOp:0`, [1], 0),
        floats(`${layer}_1/dense_1/MatMul/ReadVariableOp:0`, [1, 3], third, -third, third),
      ],
      input: [value("input_1", ["unk__10", 8, 3])],
      output: [value("time_distributed_1", ["unk__11", 8, 3])],
    },
    13,
    [],
  );
}

/** A file with one node, of an operator of the standard domain or of another. */
export function fileWithNode(
  operator: string,
  { opset = 17, domain = "" }: { opset?: number; domain?: string } = {},
): Uint8Array {
  const graph = { input: [value("x", ["n", 8, 3])], output: [value("y", ["n", 8, 3])] };
  const node = [bytesField(1, "x"), bytesField(2, "y"), bytesField(4, operator)];
  const file = withGraphField(
    encodeModel(graph, opset, []),
    1,
    Buffer.concat([...node, bytesField(7, domain)]),
  );
  const domains = [bytesField(1, domain), numberField(2, 1)];
  return domain === "" ? file : Buffer.concat([file, bytesField(8, Buffer.concat(domains))]);
}

/** A file whose only node is a function that the file brings along, as newer exporters write them: `x + x - x`. */
export function fileWithFunction(windows: string | number): Uint8Array {
  const domains = (...names: readonly string[]): Uint8Array[] =>
    names.map((name) => Buffer.concat([bytesField(1, name), numberField(2, name === "" ? 17 : 1)]));
  const graph = { input: [value("x", [windows, 8, 3])], output: [value("y", [windows, 8, 3])] };
  const add = [bytesField(1, "part"), bytesField(1, "part"), bytesField(2, "sum")];
  const subtract = [bytesField(1, "sum"), bytesField(1, "part"), bytesField(2, "same")];
  const body = Buffer.concat([
    ...[bytesField(1, "Same"), bytesField(4, "part"), bytesField(5, "same")],
    bytesField(7, Buffer.concat([...add, bytesField(4, "Add")])),
    bytesField(7, Buffer.concat([...subtract, bytesField(4, "Sub")])),
    ...domains("").map((domain) => bytesField(9, domain)),
    bytesField(10, "local"),
  ]);
  const call = [
    bytesField(1, "x"),
    bytesField(2, "y"),
    bytesField(4, "Same"),
    bytesField(7, "local"),
  ];
  return Buffer.concat([
    withGraphField(encodeModel(graph, 17, []), 1, Buffer.concat(call)),
    ...domains("local").map((domain) => bytesField(8, domain)),
    bytesField(25, body),
  ]);
}

/** A tensor whose data lies in another file. */
export function externalTensor(name: string): Uint8Array {
  const entry = Buffer.concat([bytesField(1, "location"), bytesField(2, "weights.bin")]);
  return Buffer.concat([
    numberField(1, 4),
    numberField(2, 1),
    bytesField(8, name),
    bytesField(13, entry),
    numberField(14, 1),
  ]);
}

/** Adds fields to the graph of a file: pieces of one message are one message. */
export function withGraphField(file: Uint8Array, id: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([file, bytesField(7, bytesField(id, body))]);
}

function value(name: string, dimensions: readonly (number | string)[]): object {
  const dim = dimensions.map((size) =>
    typeof size === "number" ? { dimValue: size } : { dimParam: size },
  );
  return { name, type: { tensorType: { elemType: 1, shape: { dim } } } };
}
