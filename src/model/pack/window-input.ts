import { GatewayError } from "../../errors.ts";
import type { WindowShape } from "../onnx/forward-pass.ts";
import type { ForeignModel, ForeignShape, ForeignValue } from "./foreign-model.ts";

/** How a foreign graph takes its windows. */
export interface WindowInput {
  readonly name: string;
  readonly window: WindowShape;
  /** Whether a window is one row of `length * tags` cells; `[length, tags]` otherwise. */
  readonly flat: boolean;
  /** Whether the graph takes one window at a time only. */
  readonly single: boolean;
}

/** An input that may be one for windows: float32, `[n or 1, …]` of two or three dimensions. */
export interface WindowLike {
  readonly name: string;
  readonly shape: ForeignShape;
}

const FLOAT32 = 1;
/** Names of element types, by their numbers in onnx.proto3. */
const ELEMENT_NAMES: Readonly<Record<number, string>> = {
  0: "no tensor",
  2: "uint8",
  3: "int8",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "text",
  9: "bool",
  10: "float16",
  11: "float64",
  16: "bfloat16",
};
const OTHER_TAGS =
  "Feed the model the tags that it was trained on: leave the others out with `tags` or --ignore.";

/**
 * Finds the one input of a foreign graph.
 *
 * @throws GatewayError `MODEL_MISMATCH` for more inputs, another element type, or a shape that can hold no windows
 */
export function requireWindowLike({ inputs }: ForeignModel, model: string): WindowLike {
  const [input, ...more] = inputs;
  if (input === undefined || more.length > 0) {
    const names = inputs.map(({ name }) => name).join(", ");
    throw mismatch(
      `${model}: expected a graph with one input, the windows; got ${inputs.length}: ${names}`,
      "Wrap the model so that it takes windows only, and makes the rest by itself.",
    );
  }
  requireFloat32(input, `${model}: input`);
  const { name, shape = [] } = input;
  const got = `${name} ${showShape(shape)}`;
  if (shape.length !== 2 && shape.length !== 3) {
    throw mismatch(
      `${model}: expected an input of [n, length, tags] or [n, length * tags], got ${got}`,
      "Wrap the model so that it takes windows of frames.",
    );
  }
  const [windows] = shape;
  if (typeof windows === "number" && windows !== 1) {
    throw mismatch(
      `${model}: expected an input for any number of windows, or for one; got ${got}, for ${windows}`,
      "Export with a first dimension that is open: `dynamic_axes` in PyTorch, `None` in Keras.",
    );
  }
  return { name, shape };
}

/**
 * Fits the input to the tags that it is to be fed with.
 *
 * @param windowLength frames per window, where the graph leaves that open
 * @throws GatewayError `MODEL_MISMATCH` for a graph that does not take windows of so many tags or frames, saying what it takes
 */
export function fitWindowInput(
  { name, shape }: WindowLike,
  tags: number,
  windowLength: number | undefined,
  model: string,
): WindowInput {
  const [windows, ...rest] = shape;
  const got = `${name} ${showShape(shape)}`;
  const flat = rest.length === 1;
  const length = flat ? lengthOf(rest[0], tags) : lengthOf(rest[0], 1);
  const tagsFit = flat || typeof rest[1] !== "number" || rest[1] === tags;
  if (!tagsFit || (length !== undefined && !Number.isInteger(length))) {
    const isTurned = !tagsFit && rest[0] === tags;
    throw mismatch(
      `${model}: expected an input of [n, length, ${tags}] or [n, length * ${tags}], for ${tags} tags; got ${got}`,
      isTurned
        ? "Wrap the model so that it exchanges the last two dimensions: `x.transpose(1, 2)` before and after it."
        : OTHER_TAGS,
    );
  }
  const window = { length: agreedLength(length, windowLength, got, model), tags };
  return { name, window, flat, single: windows === 1 };
}

/** The length of a window that graph and option agree on; either may leave it to the other. */
function agreedLength(
  length: number | undefined,
  asked: number | undefined,
  got: string,
  model: string,
): number {
  const agreed = length ?? asked;
  if (agreed === undefined) {
    throw mismatch(
      `${model}: expected a fixed number of frames per window, got ${got}`,
      "Say how many frames a window has, with `windowLength` or --window.",
    );
  }
  if (asked !== undefined && agreed !== asked) {
    throw mismatch(
      `${model}: expected windows of ${asked} frames, as asked for; got ${got}, for ${agreed}`,
      "Leave the length of a window out: the model says its own.",
    );
  }
  return agreed;
}

/** Frames in a window; `undefined` where the graph leaves it open. */
function lengthOf(dimension: number | string | undefined, tags: number): number | undefined {
  return typeof dimension === "number" ? dimension / tags : undefined;
}

/** @throws GatewayError `MODEL_MISMATCH` for a value of another element type. */
export function requireFloat32({ name, elementType }: ForeignValue, what: string): void {
  if (elementType === FLOAT32) return;
  throw mismatch(
    `${what} ${name}: expected float32, got ${ELEMENT_NAMES[elementType] ?? `element type ${elementType}`}`,
    "Convert the model to float32 before the export: `model.float()` in PyTorch.",
  );
}

export function showShape(shape: ForeignShape): string {
  return `[${shape.join(", ")}]`;
}

function mismatch(message: string, hint: string): GatewayError {
  return new GatewayError("MODEL_MISMATCH", message, { hint });
}
