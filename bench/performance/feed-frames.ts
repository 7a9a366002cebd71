import type { Frame } from "wheeltapper";
import { STRIDE } from "./plant.ts";
import { feed, type Streams } from "./streams.ts";

export interface FeedOptions {
  readonly windowsPerTurn: number;
  /**
   * Called when the rings are full and the measured part begins.
   * @defaultValue nothing is done
   */
  readonly begin?: () => void;
}

/** Feeds frames to streams, as many streams as there are rows of frames, and times it once they are filled. */
export async function feedFrames(
  { inputs, length, tally }: Streams<Frame>,
  frames: readonly (readonly Frame[])[],
  { windowsPerTurn, begin = () => {} }: FeedOptions,
): Promise<{ readonly windowsPerSecond: number; readonly windows: number }> {
  const push = (machine: number, step: number): void => {
    const frame = frames[machine]?.[step];
    if (frame !== undefined) inputs[machine]?.next(frame);
  };
  const filling = length - 1; // frames before the first window is complete
  const common = { push, machines: inputs.length, windowsPerTurn, scored: () => tally.windows };
  await feed({ ...common, fromStep: 0, toStep: filling, endsWindow: () => false });
  begin();
  const startMs = performance.now();
  await feed({
    ...common,
    fromStep: filling,
    toStep: frames[0]?.length ?? 0,
    endsWindow: (step) => step % STRIDE === 0,
  });
  const windowsPerSecond = (1_000 * tally.windows) / (performance.now() - startMs);
  return { windowsPerSecond, windows: tally.windows };
}
