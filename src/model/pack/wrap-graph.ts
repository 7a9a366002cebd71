import { createGraph, type Dimensions, type GraphBuilder } from "../onnx/graph-builder.ts";
import { encodeGraph } from "../onnx/schema.ts";
import { renameAll } from "./onnx-messages.ts";
import type { Rescaling } from "./rescaling.ts";
import type { WindowInput } from "./window-input.ts";
import { bytesField, fieldsOf, numberField } from "./wire.ts";

/** What the wrapped graph gives out. A score that is always above zero is given as its logarithm. */
export type Answer = "reconstruction" | "score" | "log-score";

export interface Wrapping {
  readonly input: WindowInput;
  /** Name of the foreign output that is taken; others are left out. */
  readonly output: string;
  readonly rescaling: Rescaling | undefined;
  readonly answer: Answer;
}

/** Fields of `GraphProto`. */
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
/** Kinds of node attributes, by their numbers in onnx.proto3. */
const ATTRIBUTE = { int: 2, graph: 5 } as const;
/** Our own values inside the graph have names that begin so. */
const PREFIX = "pack/";
const PUBLIC = { input: "windows", reconstruction: "reconstruction", score: "score" } as const;
const TAKEN: ReadonlySet<string> = new Set(Object.values(PUBLIC));
/** A score this low is as good as zero; keeps the logarithm finite. */
const SMALLEST_SCORE = 1e-9;

/**
 * Puts a foreign graph between nodes that make it keep our contract: `windows [n, cells] -> reconstruction [n, cells]` or
 * `score [n, 1]`, normalized values.
 *
 * The foreign graph stays as it is, but for nodes and values that have a name of ours. One that takes a single window becomes the
 * body of a `Scan` over the windows.
 *
 * @param foreign a `GraphProto`
 * @returns a `GraphProto`
 */
export function wrapGraph(foreign: Uint8Array, wrapping: Wrapping): Uint8Array {
  const { input, answer } = wrapping;
  const cells = input.window.length * input.window.tags;
  const width = answer === "reconstruction" ? cells : 1;
  const publicName = answer === "reconstruction" ? PUBLIC.reconstruction : PUBLIC.score;
  const windows = { name: PUBLIC.input, dimensions: ["n", cells] };
  const answers = { name: publicName, dimensions: ["n", width] };
  if (!input.single) return enclose(foreign, wrapping, windows, answers);

  const window = { name: `${PREFIX}window`, dimensions: [cells] };
  const one = { name: `${PREFIX}answer`, dimensions: [width] };
  const scan = scanNode(enclose(foreign, wrapping, window, one), windows.name, `${PREFIX}answers`);
  const outer = createGraph("windows");
  outer.input(windows.name, "float32", windows.dimensions);
  outer.output(answers.name, `${PREFIX}answers`, "float32", answers.dimensions);
  return Buffer.concat([bytesField(GRAPH.node, scan), encodeGraph(outer.build())]);
}

interface Value {
  readonly name: string;
  readonly dimensions: Dimensions;
}

function enclose(
  foreign: Uint8Array,
  { input, output, rescaling, answer }: Wrapping,
  from: Value,
  to: Value,
): Uint8Array {
  const front = createGraph(`${PREFIX}front`);
  const taken = front.input(from.name, "float32", from.dimensions);
  front.output(ownName(input.name), addFront(front, taken, input, rescaling), "float32", []);
  const back = createGraph(`${PREFIX}back`);
  const given = ownName(output);
  const value =
    answer === "reconstruction"
      ? addReconstruction(back, given, input, rescaling)
      : addScore(back, given, answer);
  const shape = to.dimensions.map((size) => (typeof size === "number" ? size : -1));
  const shaped = back.node("Reshape", [value, back.integers(...shape)]);
  back.output(to.name, shaped, "float32", to.dimensions);

  // The name, which must not be empty, is overwritten by the foreign one where there is one.
  const frontFields = [GRAPH.name, GRAPH.node, GRAPH.initializer, GRAPH.input];
  return Buffer.concat([
    fieldsWhere(encodeGraph(front.build()), (id) => frontFields.some((field) => field === id)),
    fieldsWhere(
      renameAll("graph", foreign, ownName),
      (id) => id !== GRAPH.input && id !== GRAPH.output,
    ),
    fieldsWhere(encodeGraph(back.build()), (id) => id !== GRAPH.name),
  ]);
}

/** The name that a node or value of the foreign graph gets: its own, unless that is one of ours. No two get the same. */
function ownName(name: string): string {
  return TAKEN.has(name) || name.startsWith(PREFIX) ? `${PREFIX}${name}` : name;
}

function addFront(
  graph: GraphBuilder,
  windows: string,
  { window: { length, tags }, flat }: WindowInput,
  rescaling: Rescaling | undefined,
): string {
  let value = windows;
  if (rescaling !== undefined) {
    const frames = graph.node("Reshape", [value, graph.integers(-1, length, tags)]);
    const scaled = graph.node("Mul", [frames, graph.constant(rescaling.factor, [tags])]);
    value = graph.node("Add", [scaled, graph.constant(rescaling.offset, [tags])]);
  }
  const shape = flat ? [-1, length * tags] : [-1, length, tags];
  return graph.node("Reshape", [value, graph.integers(...shape)]);
}

function addReconstruction(
  graph: GraphBuilder,
  output: string,
  { window: { length, tags } }: WindowInput,
  rescaling: Rescaling | undefined,
): string {
  if (rescaling === undefined) return output;
  const frames = graph.node("Reshape", [output, graph.integers(-1, length, tags)]);
  const moved = graph.node("Sub", [frames, graph.constant(rescaling.offset, [tags])]);
  return graph.node("Div", [moved, graph.constant(rescaling.factor, [tags])]);
}

function addScore(graph: GraphBuilder, output: string, answer: Answer): string {
  if (answer === "score") return output;
  return graph.node("Log", [graph.node("Max", [output, graph.scalar(SMALLEST_SCORE)])]);
}

/** A `Scan` that runs `body` for each of the windows. */
function scanNode(body: Uint8Array, windows: string, answers: string): Uint8Array {
  const attribute = (name: string, kind: number, value: Uint8Array): Uint8Array =>
    bytesField(5, Buffer.concat([bytesField(1, name), value, numberField(20, kind)]));
  return Buffer.concat([
    bytesField(1, windows),
    bytesField(2, answers),
    bytesField(4, "Scan"),
    attribute("body", ATTRIBUTE.graph, bytesField(6, body)),
    attribute("num_scan_inputs", ATTRIBUTE.int, numberField(3, 1)),
  ]);
}

function fieldsWhere(message: Uint8Array, keep: (id: number) => boolean): Uint8Array {
  const kept = Array.from(fieldsOf(message)).filter(({ id }) => keep(id));
  return Buffer.concat(kept.map(({ raw }) => raw));
}
