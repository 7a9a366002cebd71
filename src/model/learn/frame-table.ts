import { setImmediate } from "node:timers/promises";
import type { Frame } from "../../core/frame.ts";
import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";

/** The frames of a recording in a few flat arrays, which are handed to another thread without being copied. */
export interface FrameTable {
  readonly periodMs: number;
  /** Shape `[rows]`. */
  readonly timesMs: Float64Array;
  /** Shape `[rows, tags]`, engineering units; `NaN` where nothing is known, never infinite. */
  readonly values: Float64Array;
  /** Shape `[rows, tags]`. */
  readonly agesMs: Float64Array;
  /** Shape `[rows, tags]`; absent where no frame had a bad cell. */
  readonly bad?: Uint8Array;
}

/** Cells copied before other work gets a turn: a few milliseconds. */
const CELLS_PER_TURN = 50_000;

/**
 * Puts frames into a table; a cell that is not finite becomes `NaN`.
 *
 * @param owner named in errors
 * @throws GatewayError `CONFIG_INVALID` when the frames do not have one cell per tag.
 */
export async function tableOf(
  frames: readonly Frame[],
  tags: readonly Tag[],
  owner: string,
): Promise<FrameTable> {
  const width = tags.length;
  const timesMs = new Float64Array(frames.length);
  const values = new Float64Array(frames.length * width);
  const agesMs = new Float64Array(frames.length * width);
  const bad = frames.some((frame) => frame.bad) ? new Uint8Array(values.length) : undefined;
  const rowsPerTurn = Math.ceil(CELLS_PER_TURN / width);
  for (const [row, frame] of frames.entries()) {
    requireWidth(owner, frame, width);
    timesMs[row] = frame.timeMs;
    copyFinite(frame.values, values, row * width);
    agesMs.set(frame.agesMs, row * width);
    if (frame.bad) bad?.set(frame.bad, row * width);
    if (row % rowsPerTurn === rowsPerTurn - 1) await setImmediate();
  }
  return { periodMs: frames[0]?.periodMs ?? 0, timesMs, values, agesMs, ...(bad && { bad }) };
}

function copyFinite(from: Float64Array, to: Float64Array, offset: number): void {
  for (let cell = 0; cell < from.length; cell += 1) {
    const value = from[cell] as number;
    to[offset + cell] = Number.isFinite(value) ? value : Number.NaN;
  }
}

function requireWidth(owner: string, { values }: Frame, width: number): void {
  if (values.length === width) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `${owner}: expected one tag per cell of a frame (${values.length}), got ${width} tags`,
    { hint: "Give `tags` in the order in which the readings were aligned." },
  );
}

/** The frames of a table, as views of it. */
export function framesOf({ periodMs, timesMs, values, agesMs, bad }: FrameTable): Frame[] {
  const width = values.length / timesMs.length;
  return Array.from(timesMs, (timeMs, row) => {
    const [from, to] = [row * width, (row + 1) * width];
    return {
      timeMs,
      periodMs,
      values: values.subarray(from, to),
      agesMs: agesMs.subarray(from, to),
      ...(bad && { bad: bad.subarray(from, to) }),
    };
  });
}
