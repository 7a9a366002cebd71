import type { Frame } from "wheeltapper";
import { STRIDE } from "./plant.ts";
import type { Replay } from "./replay.ts";
import { feed, type Streams } from "./streams.ts";

export interface FeedOptions {
  readonly windowsPerTurn: number;
  /** Windows of each machine. */
  readonly windowsEach: number;
  /**
   * Whether streams get frames that are lent, as those of a gateway do, or frames that they may keep.
   * @defaultValue true
   */
  readonly lends?: boolean;
  /**
   * Called when the rings are full and the measured part begins.
   * @defaultValue nothing is done
   */
  readonly begin?: () => void;
}

/** Feeds frames to streams, as many streams as there are machines, and times it once they are filled. */
export async function feedFrames(
  { inputs, length, tally }: Streams<Frame>,
  replay: Replay,
  { windowsPerTurn, windowsEach, lends = true, begin = () => {} }: FeedOptions,
): Promise<{ readonly windowsPerSecond: number; readonly windows: number }> {
  const frameAt = lends ? replay.lend : replay.give;
  const push = (machine: number, step: number): void => {
    inputs[machine]?.next(frameAt(machine, step));
  };
  const filling = length - 1; // frames before the first window is complete
  const common = { push, machines: inputs.length, windowsPerTurn, scored: () => tally.windows };
  await feed({ ...common, fromStep: 0, toStep: filling, endsWindow: () => false });
  begin();
  const startMs = performance.now();
  await feed({
    ...common,
    fromStep: filling,
    toStep: filling + windowsEach * STRIDE,
    endsWindow: (step) => step % STRIDE === 0,
  });
  const windowsPerSecond = (1_000 * tally.windows) / (performance.now() - startMs);
  return { windowsPerSecond, windows: tally.windows };
}
