import { readFile } from "node:fs/promises";
import type { ModelCard } from "../core/model-card.ts";
import { GatewayError } from "../errors.ts";
import { requireCount, requireKnown, requireNotNegative } from "../math/range-checks.ts";
import { createModel, type Model } from "./model.ts";
import { readCard, sha256 } from "./model-file.ts";
import type { OnnxSession } from "./runtime.ts";
import { runGraph } from "./scoring/run-graph.ts";
import { openPlacedSession } from "./worker/placed-session.ts";

/** What the caller is going to feed the model with; anything that is given must fit. */
export interface ExpectedInput {
  /** Tag names in the order of the frames' cells. */
  readonly tags?: readonly string[];
  readonly periodMs?: number;
  readonly windowLength?: number;
}

export interface LoadModelOptions {
  /** Refuse the model unless it fits this. */
  readonly expected?: ExpectedInput;
  /**
   * Threads that share the work of a run. More than one pays only for large networks; see docs/threads.md.
   * @defaultValue 1
   */
  readonly threads?: number;
  /**
   * Whether `threads` that wait for work keep their cores busy, which makes runs that follow one another shorter.
   * @defaultValue false
   */
  readonly spinning?: boolean;
  /**
   * Milliseconds. A model whose batches take longer is moved to a worker thread, so that the event loop goes on meanwhile: 0 loads it there,
   * `Infinity` keeps it here.
   * @defaultValue 5
   */
  readonly workerAfterMs?: number;
}

/** Larger differences (normalized units) mean that this machine computes something else. */
const GOLDEN_TOLERANCE = 1e-3;

/**
 * Loads a model file, and refuses it unless every byte, the card, the graph's shapes and the golden pairs are right.
 *
 * @param source path, or the bytes of a model file
 * @throws GatewayError `CONFIG_INVALID` for an option, `FILE_UNREADABLE`, `MODEL_INVALID` for a file that is no model or is damaged, `MODEL_MISMATCH` for a
 * model that does not fit its card, this version, or `expected`
 */
export async function loadModel(
  source: string | Uint8Array,
  options: LoadModelOptions = {},
): Promise<Model> {
  const { expected, ...placement } = withDefaults(options);
  const file = typeof source === "string" ? source : "model";
  const bytes = typeof source === "string" ? await read(source) : source;
  const card = readCard(bytes, file);
  requireFit(card, expected, file);
  const session = await openPlacedSession(bytes, file, placement);
  try {
    requireGraphFit(card, session, file);
    await replayGolden(card, session, file);
  } catch (cause) {
    await session.release();
    throw cause;
  }
  const identity = { name: card.name, version: card.version, sha256: sha256(bytes) };
  return createModel(card, identity, bytes, session);
}

/** @throws GatewayError `CONFIG_INVALID` */
function withDefaults(options: LoadModelOptions): Required<LoadModelOptions> {
  const { expected = {}, threads = 1, spinning = false, workerAfterMs = 5 } = options;
  const known = ["expected", "threads", "spinning", "workerAfterMs"] as const;
  requireKnown("loadModel", options, known);
  requireCount("loadModel", { threads });
  requireNotNegative("loadModel", { workerAfterMs });
  return { expected, threads, spinning, workerAfterMs };
}

/** @throws GatewayError `MODEL_MISMATCH` showing what was expected and what the model was made for. */
function requireFit(card: ModelCard, expected: ExpectedInput, file: string): void {
  const names = card.tags.map(({ name }) => name);
  const mismatch = (what: string, want: unknown, got: unknown): GatewayError =>
    new GatewayError(
      "MODEL_MISMATCH",
      `${file}: expected ${what} ${want}, the model was trained for ${got}`,
      {
        hint: "Feed the model what it was trained for, or train it again.",
      },
    );
  const { tags = names, periodMs = card.periodMs, windowLength = card.windowLength } = expected;
  if (tags.length !== names.length || tags.some((name, place) => name !== names[place]))
    throw mismatch("the tags", `[${tags.join(", ")}]`, `[${names.join(", ")}]`);
  if (periodMs !== card.periodMs)
    throw mismatch("a period of", `${periodMs} ms`, `${card.periodMs} ms`);
  if (windowLength !== card.windowLength) {
    throw mismatch("a window of", `${windowLength} frames`, `${card.windowLength} frames`);
  }
}

function requireGraphFit(card: ModelCard, { inputs, outputs }: OnnxSession, file: string): void {
  const cells = card.windowLength * card.tags.length;
  const shown = (values: OnnxSession["inputs"]): string =>
    values.map(({ name, shape }) => `${name} [${shape.join(", ")}]`).join(", ");
  const fits = (values: OnnxSession["inputs"], name: string, width: number): boolean =>
    values.length === 1 &&
    values[0]?.name === name &&
    values[0].shape.length === 2 &&
    values[0].shape[1] === width;
  const { output = "reconstruction" } = card;
  const width = output === "score" ? 1 : cells;
  if (fits(inputs, "windows", cells) && fits(outputs, output, width)) return;
  throw new GatewayError(
    "MODEL_MISMATCH",
    `${file}: expected a graph windows [n, ${cells}] -> ${output} [n, ${width}] ` +
      `(${card.windowLength} frames x ${card.tags.length} tags), got ${shown(inputs)} -> ${shown(outputs)}`,
  );
}

async function replayGolden(card: ModelCard, session: OnnxSession, file: string): Promise<void> {
  const cells = card.windowLength * card.tags.length;
  const { goldenTolerance = GOLDEN_TOLERANCE } = card;
  for (const { input, output } of card.golden) {
    const recorded = decodeFloats(output);
    const computed = await runGraph(session, decodeFloats(input), cells);
    const worst = computed.reduce(
      (most, value, cell) => Math.max(most, Math.abs(value - (recorded[cell] ?? Number.NaN))),
      0,
    );
    if (worst <= goldenTolerance) continue;
    throw new GatewayError(
      "MODEL_MISMATCH",
      `${file}: expected the recorded output to within ${goldenTolerance}, this machine is off by ${worst}`,
      { hint: "Check the version of onnxruntime-node, or train the model on this machine." },
    );
  }
}

export function encodeFloats(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

export function decodeFloats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new GatewayError("FILE_UNREADABLE", `cannot read the model ${path}`, {
      cause,
      hint: "Check the path and the permissions.",
    });
  }
}
