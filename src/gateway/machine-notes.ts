import type { Frame } from "../core/frame.ts";
import type { Score } from "../core/score.ts";
import type { Tag } from "../core/tag.ts";
import type { Counters } from "./counters.ts";
import type { MachineHealth } from "./health.ts";

/** The newest of what came through a machine, for its health. */
export interface MachineNotes {
  /** Takes a frame that may be lent: nothing of it is kept. */
  frame(frame: Frame): void;
  score(scored: Score): void;
  /** Scoring failed, and that cost so many windows. */
  failure(error: unknown, windows: number): void;
  lastFrame(): Pick<Frame, "timeMs"> | undefined;
  lastScore(): Score | undefined;
  health(): Pick<MachineHealth, "unknownTags" | "lastScore" | "lastError">;
}

/** @param tags the source's tags, in the order of the frames' cells */
export function createMachineNotes(tags: readonly Tag[], counters: Counters): MachineNotes {
  const lastFrame = { timeMs: Number.NaN };
  const lastValues = new Float64Array(tags.length).fill(Number.NaN);
  let lastScore: Score | undefined;
  let lastError: unknown;
  return {
    frame(frame) {
      lastFrame.timeMs = frame.timeMs;
      lastValues.set(frame.values);
      counters.count("frames");
    },
    score(scored) {
      lastScore = scored;
      lastError = undefined;
      if (scored.verdict === "insufficient-data") counters.count("insufficientWindows");
      if (scored.verdict === "not-running") counters.count("notRunningWindows");
    },
    failure(error, windows) {
      lastError = error;
      counters.drop("scoring-failed", windows);
    },
    lastFrame: () => (Number.isNaN(lastFrame.timeMs) ? undefined : lastFrame),
    lastScore: () => lastScore,
    health: () => ({
      unknownTags: unknownIn(lastValues, tags),
      ...(lastScore && { lastScore }),
      ...(lastError !== undefined && { lastError }),
    }),
  };
}

/** Names of the tags of which nothing is known. */
function unknownIn(values: Float64Array, tags: readonly Tag[]): readonly string[] {
  return tags.filter((_, place) => Number.isNaN(values[place])).map(({ name }) => name);
}
