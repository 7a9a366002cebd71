import { describe } from "vitest";
import type { PackModelOptions } from "../../../src/model/pack/pack-options.ts";
import { machineFrames, machineTags } from "../../machine-frames.ts";
import { refuses } from "./refuses.ts";

describe("packModel refuses a graph", () => {
  refuses([
    {
      title: "with more than one input",
      file: "two-inputs",
      code: "MODEL_MISMATCH",
      message: /expected a graph with one input, the windows; got 2: x, context/,
    },
    {
      title: "of float64",
      file: "float64",
      code: "MODEL_MISMATCH",
      message: /input x: expected float32, got float64/,
      hint: /model\.float\(\)/,
    },
    {
      title: "for batches of another size",
      file: "batch-of-32",
      code: "MODEL_MISMATCH",
      message: /got x \[32, 8, 3\], for 32/,
      hint: /dynamic_axes/,
    },
    {
      title: "that takes tags by frames instead of frames by tags",
      file: "tags-first",
      code: "MODEL_MISMATCH",
      message: /expected an input of \[n, length, 3\].*got x \[n, 3, 8\]/,
      hint: /transpose/,
    },
    {
      title: "for another number of tags",
      file: "dense",
      options: { tags: [...machineTags, { name: "speed" }], normal: framesOf(4) },
      code: "MODEL_MISMATCH",
      message: /for 4 tags; got x \[n, 8, 3\]/,
      hint: /--ignore/,
    },
    {
      title: "with windows that are no multiple of the tags",
      file: "dense-flat",
      options: {
        tags: [...machineTags, { name: "speed" }, { name: "load" }],
        normal: framesOf(5),
      },
      code: "MODEL_MISMATCH",
      message: /for 5 tags; got windows \[n, 24\]/,
    },
    {
      title: "that leaves the length of a window open, unless told it",
      file: "lstm",
      code: "MODEL_MISMATCH",
      message: /expected a fixed number of frames per window, got input \[batch, time, 3\]/,
      hint: /windowLength/,
    },
    {
      title: "for windows of another length than asked for",
      file: "dense",
      options: { windowLength: 16 },
      code: "MODEL_MISMATCH",
      message: /expected windows of 16 frames, as asked for; got x \[n, 8, 3\], for 8/,
    },
    {
      title: "that forecasts the next frame only",
      file: "forecast",
      code: "MODEL_MISMATCH",
      message: /expected an output of \[n, 8, 3\].*got for one window y \[1, 3\]/,
    },
    {
      title: "with several outputs, unless told which",
      file: "variational",
      code: "MODEL_MISMATCH",
      message: /expected a graph with one output, got 3: reconstruction, mean, variance/,
      hint: /--output-name/,
    },
    {
      title: "without the output that it is to take",
      file: "dense",
      options: { output: "reconstruction" },
      code: "CONFIG_INVALID",
      message: /output must be one of y, got "reconstruction"/,
    },
    {
      title: "that answers differently each time, as with dropout",
      file: "dropout",
      code: "MODEL_MISMATCH",
      message: /expected the same answer to the same window/,
      hint: /model\.eval\(\)/,
    },
    {
      title: "whose answer depends on the windows beside, as that of an LSTM without batch_first",
      file: "lstm-across",
      code: "MODEL_MISMATCH",
      message: /whatever windows are beside it/,
      hint: /batch_first=True/,
    },
    {
      title: "that answers with something that is no number",
      file: "square-root",
      code: "MODEL_MISMATCH",
      message: /expected finite numbers for a window of normal operation/,
      hint: /normalizer/,
    },
    {
      title: "that divides by zero when the machine stands still",
      file: "own-scale",
      code: "MODEL_MISMATCH",
      message: /expected finite numbers for a window in which nothing moves/,
      hint: /small number/,
    },
  ]);
});

describe("packModel refuses", () => {
  refuses([
    {
      title: "an option that nobody knows",
      file: "dense",
      options: { windowLenght: 8 } as Partial<PackModelOptions>,
      code: "CONFIG_INVALID",
      message: /packModel: there is no option "windowLenght"/,
    },
    {
      title: "a path where frames or a source belong",
      file: "dense",
      options: { normal: "normal.csv" as never },
      code: "CONFIG_INVALID",
      message: /normal must be a source, .*got "?normal\.csv/,
      hint: /traceSource/,
    },
    {
      title: "a scaler with a scale of zero",
      file: "dense",
      options: { normalizer: { center: [0, 0, 0], scale: [1, 0, 1] } },
      code: "CONFIG_INVALID",
      message:
        /normalizer\.scale must be an array of numbers above zero, one per tag, got \[1,0,1\]/,
    },
    {
      title: "a scaler for other tags",
      file: "dense",
      options: { normalizer: { center: [0, 0], scale: [1, 1] } },
      code: "CONFIG_INVALID",
      message: /normalizer\.center must have one number per tag \(3\), got 2/,
      hint: /current, pressure, temperature/,
    },
    {
      title: "too short a time of normal operation",
      file: "dense",
      options: { normal: machineFrames(12) },
      code: "TRAINING_DATA_INSUFFICIENT",
      message: /expected at least \d+ frames in a row .* windows of 8, got 12 frames/,
    },
  ]);
});

/** Normal operation of a machine with more tags than three. */
function framesOf(tags: number): ReturnType<typeof machineFrames> {
  return machineFrames(100).map((frame) => ({
    ...frame,
    values: Float64Array.from({ length: tags }, (_, tag) => frame.values[tag % 3] as number),
    agesMs: new Float64Array(tags),
  }));
}
