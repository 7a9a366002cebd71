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
  const node: Node[] = [];
  const initializer: object[] = [];
  const input: object[] = [];
  const output: object[] = [];
  let made = 0;
  /** Values that are given out, by the names that their nodes gave them. */
  const publicNames = new Map<string, string>();
  const isMade = (value: string): boolean => node.some((one) => one.output.includes(value));
  const rename = (value: string): string => publicNames.get(value) ?? value;
  const nextName = (hint: string): string => `${name}/${hint}_${made++}`;

  const builder: GraphBuilder = {
    input(value, type, dimensions) {
      input.push(valueInfo(value, type, dimensions));
      return value;
    },
    output(publicName, value, type, dimensions) {
      // A copy only where a name must stand twice: of an input, a constant, or what is given out already.
      if (isMade(value) && !publicNames.has(value)) publicNames.set(value, publicName);
      else node.push({ opType: "Identity", input: [value], output: [publicName], attribute: [] });
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
        input: inputs,
        output: names,
        attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      });
      return names;
    },
    build: () => ({
      name,
      node: node.map((one) => {
        const outputs = one.output.map(rename);
        return { ...one, name: outputs[0], input: one.input.map(rename), output: outputs };
      }),
      initializer,
      input,
      output,
    }),
  };
  return builder;
}

interface Node {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly object[];
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
