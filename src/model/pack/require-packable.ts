import { GatewayError } from "../../errors.ts";
import { type ForeignModel, readForeignModel } from "./foreign-model.ts";
import { requireFloat32, requireWindowLike, type WindowLike } from "./window-input.ts";

/** The oldest standard operators that have all that our own nodes need. */
const MIN_OPSET = 9;
/** Names shown of a long list. */
const FEW = 3;

/** A model file that can be packed, as far as can be known without running it. */
export interface Packable {
  readonly foreign: ForeignModel;
  readonly input: WindowLike;
  /** Name of the output that is taken. */
  readonly output: string;
}

/**
 * Checks a model file of another library before anything of it is run.
 *
 * @param output which of several outputs is taken
 * @throws GatewayError `MODEL_INVALID` for a file that is too large, is no ONNX file, or refers to other files; `MODEL_MISMATCH`
 * for inputs and outputs that can be no windows; `CONFIG_INVALID` for an output that there is not
 */
export function requirePackable(
  bytes: Uint8Array,
  { maxBytes, output }: { readonly maxBytes: number; readonly output?: string },
  model: string,
): Packable {
  requireSize(bytes.length, maxBytes, model);
  const foreign = readForeignModel(bytes, model);
  requireNothingExternal(foreign, model);
  const opset = foreign.opsets.get("") ?? MIN_OPSET;
  if (opset < MIN_OPSET) {
    throw new GatewayError(
      "MODEL_INVALID",
      `${model}: expected operators of opset ${MIN_OPSET} or later, got opset ${opset}`,
      { hint: "Export with a newer opset, such as 17." },
    );
  }
  const input = requireWindowLike(foreign, model);
  return { foreign, input, output: chooseOutput(foreign, output, model) };
}

/** @throws GatewayError `MODEL_INVALID` for a file that is too large. */
export function requireSize(bytes: number, maxBytes: number, model: string): void {
  if (bytes <= maxBytes) return;
  throw new GatewayError(
    "MODEL_INVALID",
    `${model}: expected a file of ${maxBytes} bytes at most, got ${bytes}`,
    { hint: "Raise `maxBytes` or --max-bytes if a gateway is to run a model this large." },
  );
}

/** A model is one file: what lies beside it would be forgotten, or be another file on the gateway. */
function requireNothingExternal({ external }: ForeignModel, model: string): void {
  if (external.length === 0) return;
  const more = external.length > FEW ? ` and ${external.length - FEW} more` : "";
  throw new GatewayError(
    "MODEL_INVALID",
    `${model}: expected all weights in the file, got ${external.length} in other files: ${external.slice(0, FEW).join(", ")}${more}`,
    {
      hint: "Export with the weights inside: `external_data=False` in PyTorch, or `onnx.save(onnx.load(path), path)`.",
    },
  );
}

function chooseOutput(
  { outputs }: ForeignModel,
  wanted: string | undefined,
  model: string,
): string {
  const names = outputs.map(({ name }) => name).join(", ");
  if (wanted === undefined && outputs.length !== 1) {
    throw new GatewayError(
      "MODEL_MISMATCH",
      `${model}: expected a graph with one output, got ${outputs.length}: ${names}`,
      {
        hint: "Say which output is the reconstruction or the score, with `output` or --output-name.",
      },
    );
  }
  const chosen = wanted === undefined ? outputs[0] : outputs.find(({ name }) => name === wanted);
  if (chosen === undefined) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `packModel: output must be one of ${names}, got "${wanted}"`,
    );
  }
  requireFloat32(chosen, `${model}: output`);
  return chosen.name;
}
