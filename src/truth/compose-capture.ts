import type { FrameWindow } from "../core/frame.ts";
import type { ModelIdentity } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import type { CaptureTensor, WindowCapture } from "../core/window-capture.ts";
import { derivedId } from "../derived-id.ts";
import { encodeMessage } from "../math/message-json.ts";
import type { Reconstruction } from "../model/scorer.ts";

/** A number with as many characters as a number can have. */
const LONGEST = -Number.MAX_VALUE;

/** Whose windows they are. */
export interface CaptureOrigin {
  readonly gateway: string;
  readonly machine: string;
  readonly model: ModelIdentity;
  readonly periodMs: number;
  /** The model's tags by the source's names. */
  readonly tags: readonly string[];
}

/** Why a window is kept, and how likely that was. */
export type CaptureGrounds = Pick<WindowCapture, "reason" | "inclusionProbability" | "eventId">;

/** Puts a capture together; without `shown` it has no outputs and no normalized window. */
export function composeCapture(
  { gateway, machine, model, periodMs, tags }: CaptureOrigin,
  { score, window }: { readonly score: Score; readonly window: FrameWindow },
  grounds: CaptureGrounds,
  shown?: Reconstruction,
): WindowCapture {
  const { endMs, value, threshold, coverage, contributions, mutedBy } = score;
  const shape = [window.length, window.tags];
  const tensor = (name: string, cells: Float32Array): CaptureTensor => ({
    name,
    dataType: "FLOAT32",
    shape,
    data: Buffer.from(cells.buffer, cells.byteOffset, cells.byteLength).toString("base64"),
  });
  return {
    kind: "capture",
    id: derivedId(gateway, machine, model.sha256, "capture", endMs),
    revision: 0,
    gateway,
    machine,
    model,
    ...grounds,
    endMs,
    periodMs,
    tags,
    inputs: [tensor("window", Float32Array.from(window.values))],
    outputs: shown?.reconstruction ? [tensor("reconstruction", shown.reconstruction)] : [],
    auxiliary: shown ? [tensor("normalized", shown.normalized)] : [],
    score: value,
    threshold,
    coverage,
    ...(mutedBy !== undefined && { mutedBy }),
    contributions: contributions.map((part, tag) => ({ ...part, tag: tags[tag] ?? part.tag })),
  };
}

/** Size of a capture in JSON, in bytes: an upper bound, a few dozen bytes per tag above the usual size. */
export function captureBytes(
  origin: CaptureOrigin,
  { windowLength, output }: { readonly windowLength: number; readonly output?: string },
): number {
  const { tags } = origin;
  const cells = windowLength * tags.length;
  const window: FrameWindow = {
    endMs: Number.MIN_SAFE_INTEGER,
    length: windowLength,
    tags: tags.length,
    values: new Float64Array(cells),
    coverage: LONGEST,
  };
  const score: Score = {
    endMs: window.endMs,
    value: LONGEST,
    threshold: LONGEST,
    verdict: "anomalous",
    coverage: LONGEST,
    mutedBy: derivedId("label"),
    contributions: tags.map((tag) => ({ tag, share: LONGEST, actual: LONGEST, expected: LONGEST })),
  };
  const normalized = new Float32Array(cells);
  const longest = composeCapture(
    origin,
    { score, window },
    { reason: "near-threshold", inclusionProbability: LONGEST },
    output === "score" ? { normalized } : { normalized, reconstruction: normalized },
  );
  return Buffer.byteLength(encodeMessage(longest));
}
