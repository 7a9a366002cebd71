import { GatewayError } from "../../errors.ts";
import type { OnnxSession, TensorData } from "../runtime.ts";
import { showShape, type WindowInput } from "./window-input.ts";

/** What a foreign graph did with a few windows. */
export interface Trial {
  readonly answer: "reconstruction" | "score";
  /** Whether it must be given one window at a time. */
  readonly single: boolean;
}

export interface TrialOptions {
  readonly session: OnnxSession;
  readonly input: WindowInput;
  /** Name of the output that is looked at. */
  readonly output: string;
  /** Windows of normal operation, each of shape `[length, tags]`, as the graph takes them. */
  readonly windows: readonly Float32Array[];
  /** A window in which all tags stand at their center. */
  readonly still: Float32Array;
  /** Named in errors. */
  readonly model: string;
}

/** Two answers to the same window differ by no more than this, relative to their size or 1. */
const TOLERANCE = 1e-3;

/**
 * Runs a foreign graph on a few windows, alone and together, to learn what it answers.
 *
 * @throws GatewayError `MODEL_MISMATCH` for a graph that fails, whose answer is neither a reconstruction nor a score, is not
 * finite, differs from run to run, or depends on the windows beside it
 */
export async function tryForeign(options: TrialOptions): Promise<Trial> {
  const { input, windows, model } = options;
  const alone: TensorData[] = [];
  for (const window of windows) alone.push(await runAlone(options, window));
  const [first] = alone as [TensorData];
  const answer = answerOf(first, options);
  const values = alone.map(({ data }) => data as Float32Array);
  requireFinite(
    values,
    `${model}: expected finite numbers for a window of normal operation`,
    "Check with `normalizer` that the model gets its values scaled as in its training.",
  );
  requireFinite(
    [(await runAlone(options, options.still)).data as Float32Array],
    `${model}: expected finite numbers for a window in which nothing moves, as when a machine stands still`,
    "Add a small number before the model divides by a spread or takes a logarithm.",
  );
  const again = await runAlone(options, windows[0] as Float32Array);
  if (!same(values[0] as Float32Array, again.data as Float32Array)) {
    throw new GatewayError(
      "MODEL_MISMATCH",
      `${model}: expected the same answer to the same window, got another one the second time`,
      {
        hint: "Export in evaluation mode, without dropout or sampling: `model.eval()` in PyTorch.",
      },
    );
  }
  return { answer, single: input.single || !(await takesMany(options, values)) };
}

async function runAlone(options: TrialOptions, window: Float32Array): Promise<TensorData> {
  const { input, model } = options;
  try {
    return await run(options, [window]);
  } catch (cause) {
    throw new GatewayError(
      "MODEL_MISMATCH",
      `${model}: expected a graph that runs on one window of ${showShape(shapeOf(input, 1))}, got a failure of ONNX Runtime`,
      { cause, hint: "Run the exported file where it was exported, with an input of this shape." },
    );
  }
}

/**
 * Whether the graph answers several windows at once as it answers them one by one. A graph may say so and not do so: exporters write
 * the batch size of the example into the shapes.
 */
async function takesMany(options: TrialOptions, alone: readonly Float32Array[]): Promise<boolean> {
  let together: Float32Array;
  try {
    together = (await run(options, options.windows)).data as Float32Array;
  } catch {
    return false;
  }
  const size = (alone[0] as Float32Array).length;
  if (together.length !== alone.length * size) return false;
  if (alone.every((one, place) => same(one, together.subarray(place * size, (place + 1) * size)))) {
    return true;
  }
  throw new GatewayError(
    "MODEL_MISMATCH",
    `${options.model}: expected the same answer to a window whatever windows are beside it, got another one alone`,
    {
      hint: "Export in evaluation mode, `model.eval()` in PyTorch, and with the windows along the first dimension: `batch_first=True`.",
    },
  );
}

async function run(
  { session, input, output }: TrialOptions,
  windows: readonly Float32Array[],
): Promise<TensorData> {
  const cells = input.window.length * input.window.tags;
  const data = new Float32Array(windows.length * cells);
  windows.forEach((window, place) => {
    data.set(window, place * cells);
  });
  const results = await session.run({
    [input.name]: { data, dimensions: shapeOf(input, windows.length) },
  });
  return results[output] as TensorData;
}

function shapeOf({ window: { length, tags }, flat }: WindowInput, windows: number): number[] {
  return flat ? [windows, length * tags] : [windows, length, tags];
}

/** @throws GatewayError `MODEL_MISMATCH` when the answer to one window has another shape than the window, or one score. */
function answerOf(
  { dimensions }: TensorData,
  { input: { window }, output, model }: TrialOptions,
): Trial["answer"] {
  const { length, tags } = window;
  const sizes = dimensions.filter((size) => size !== 1);
  const shapes = [[length, tags], [length * tags]];
  const isWindow = shapes.some(
    (shape) => shape.filter((size) => size !== 1).join() === sizes.join(),
  );
  if (isWindow) return "reconstruction";
  if (sizes.length === 0) return "score";
  throw new GatewayError(
    "MODEL_MISMATCH",
    `${model}: expected an output of [n, ${length}, ${tags}] or [n, ${length * tags}], or a score for each window, [n] or [n, 1]; ` +
      `got for one window ${output} ${showShape(dimensions)}`,
    {
      hint: "Wrap the model so that it gives the whole window, or the error of its forecast as a score.",
    },
  );
}

function requireFinite(answers: readonly Float32Array[], expected: string, hint: string): void {
  if (answers.every((answer) => answer.every(Number.isFinite))) return;
  throw new GatewayError("MODEL_MISMATCH", `${expected}, got one that is not finite`, { hint });
}

function same(one: Float32Array, other: Float32Array): boolean {
  return (
    one.length === other.length &&
    one.every((value, place) => {
      const difference = Math.abs(value - (other[place] as number));
      return difference <= TOLERANCE * Math.max(1, Math.abs(value));
    })
  );
}
