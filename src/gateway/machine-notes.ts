import type { Frame } from "../core/frame.ts";
import type { Score } from "../core/score.ts";
import type { Tag } from "../core/tag.ts";
import type { Counters } from "./counters.ts";
import type { MachineHealth } from "./health.ts";

/** The newest of what came through a machine, for its health. */
export interface MachineNotes {
  frame(frame: Frame): void;
  score(scored: Score): void;
  /** Scoring failed, and that cost so many windows. */
  failure(error: unknown, windows: number): void;
  lastFrame(): Frame | undefined;
  lastScore(): Score | undefined;
  health(): Pick<MachineHealth, "unknownTags" | "lastScore" | "lastError">;
}

/** @param tags the source's tags, in the order of the frames' cells */
export function createMachineNotes(tags: readonly Tag[], counters: Counters): MachineNotes {
  let lastFrame: Frame | undefined;
  let lastScore: Score | undefined;
  let lastError: unknown;
  return {
    frame(frame) {
      lastFrame = frame;
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
    lastFrame: () => lastFrame,
    lastScore: () => lastScore,
    health: () => ({
      unknownTags: unknownIn(lastFrame, tags),
      ...(lastScore && { lastScore }),
      ...(lastError !== undefined && { lastError }),
    }),
  };
}

/** Names of the tags of which the frame knows nothing; all of them before the first frame. */
function unknownIn(frame: Frame | undefined, tags: readonly Tag[]): readonly string[] {
  const isUnknown = (place: number): boolean => Number.isNaN(frame?.values[place] ?? Number.NaN);
  return tags.filter((_, place) => isUnknown(place)).map(({ name }) => name);
}
