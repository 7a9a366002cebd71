/** Element types of ONNX tensors that are used here, by their numbers in onnx.proto3. */
const ELEMENT = { float32: 1, int64: 7, bool: 9 } as const;
/** Kinds of node attributes, by their numbers in onnx.proto3. */
const ATTRIBUTE = { float: 1, int: 2, graph: 5, ints: 7 } as const;

export type ElementType = keyof typeof ELEMENT;
/** A number fixes a dimension, a name leaves it open. */
export type Dimensions = readonly (number | string)[];

/** An attribute of a node: `{ int: 1 }`, `{ float: 0.5 }`, `{ ints: [1, 2] }`, or a body graph. */
export type AttributeValue =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly graph: object };

/** Writes an ONNX graph node by node; values are named, and each call returns the name that it made. */
export interface GraphBuilder {
  input(name: string, type: ElementType, dimensions: Dimensions): string;
  /** Gives out `value` under the name `name`. */
  output(name: string, value: string, type: ElementType, dimensions: Dimensions): void;
  /** A constant tensor; a scalar when `dimensions` is empty. */
  constant(
    data: Float32Array | BigInt64Array,
    dimensions: readonly number[],
    name?: string,
  ): string;
  scalar(value: number): string;
  integers(...values: number[]): string;
  /** Adds a node with one output and returns its name. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): string;
  /** Adds a node with several outputs and returns their names. */
  nodes(
    operator: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): readonly string[];
  /** The finished graph, to be encoded or to be the body of a `Loop`. */
  build(): object;
}

/** Starts an empty graph. `name` also prefixes its values, so that a body's names do not meet those outside. */
export function createGraph(name: string): GraphBuilder {
  const node: object[] = [];
  const initializer: object[] = [];
  const input: object[] = [];
  const output: object[] = [];
  let made = 0;
  const nextName = (hint: string): string => `${name}/${hint}_${made++}`;

  const builder: GraphBuilder = {
    input(value, type, dimensions) {
      input.push(valueInfo(value, type, dimensions));
      return value;
    },
    output(publicName, value, type, dimensions) {
      node.push({ opType: "Identity", name: publicName, input: [value], output: [publicName] });
      output.push(valueInfo(publicName, type, dimensions));
    },
    constant(data, dimensions, constantName = nextName("constant")) {
      initializer.push({
        name: constantName,
        dims: dimensions,
        dataType: data instanceof Float32Array ? ELEMENT.float32 : ELEMENT.int64,
        rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      });
      return constantName;
    },
    scalar: (value) => builder.constant(Float32Array.of(value), []),
    integers: (...values) => builder.constant(BigInt64Array.from(values, BigInt), [values.length]),
    node: (operator, inputs, attributes) =>
      builder.nodes(operator, inputs, 1, attributes)[0] as string,
    nodes(operator, inputs, outputs, attributes = {}) {
      const names = Array.from({ length: outputs }, () => nextName(operator));
      node.push({
        opType: operator,
        name: names[0],
        input: inputs,
        output: names,
        attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      });
      return names;
    },
    build: () => ({ name, node, initializer, input, output }),
  };
  return builder;
}

function valueInfo(name: string, type: ElementType, dimensions: Dimensions): object {
  const dim = dimensions.map((size) =>
    typeof size === "number" ? { dimValue: size } : { dimParam: size },
  );
  return { name, type: { tensorType: { elemType: ELEMENT[type], shape: { dim } } } };
}

function attribute(name: string, value: AttributeValue): object {
  if ("int" in value) return { name, type: ATTRIBUTE.int, i: value.int };
  if ("float" in value) return { name, type: ATTRIBUTE.float, f: value.float };
  if ("ints" in value) return { name, type: ATTRIBUTE.ints, ints: value.ints };
  return { name, type: ATTRIBUTE.graph, g: value.graph };
}
