import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import { createGapFinder } from "../math/gap-finder.ts";

interface Scored {
  readonly score: Score;
  readonly window: FrameWindow;
}

/** Remembers the windows that an event may still speak of: the newest, for its opening, and the one with the highest score. */
export interface IncidentWindows<Kept extends Scored> {
  /**
   * The next window with a score.
   *
   * @param keep copies what is lent; called only for a window that an event may speak of
   */
  watch(score: Score, keep: () => Kept): void;
  /** The machine did not run: what had not become an event by now is over. */
  pause(): void;
  /** Whether an event may still speak of this window. */
  holds(kept: Kept): boolean;
  /** The window that a message of an event speaks of, as far as it is known. */
  spokenOf(event: AnomalyEvent): Kept | undefined;
  /** Lets go of all. */
  end(): void;
}

export interface IncidentWindowsOptions<Kept> {
  readonly card: Pick<ModelCard, "eventRule">;
  /** The last message of an event that was open when the gateway went down. */
  readonly resume?: AnomalyEvent;
  /** Takes a window that no event will speak of any more. */
  readonly release: (kept: Kept) => void;
}

/** Follows incidents as `createIncidentTracker` does, for it does not know windows: two windows are held at most. */
export function createIncidentWindows<Kept extends Scored>({
  card: { eventRule },
  resume,
  release,
}: IncidentWindowsOptions<Kept>): IncidentWindows<Kept> {
  const isGap = createGapFinder();
  let isOpen = resume !== undefined;
  let highest = resume?.score ?? Number.NEGATIVE_INFINITY;
  let peak: Kept | undefined;
  let newest: Kept | undefined;

  const hold = (nextPeak: Kept | undefined, nextNewest: Kept | undefined): void => {
    const before = new Set([peak, newest]);
    peak = nextPeak;
    newest = nextNewest;
    for (const kept of before) if (kept && kept !== peak && kept !== newest) release(kept);
  };
  const forget = (): void => {
    highest = Number.NEGATIVE_INFINITY;
    if (newest) hold(undefined, undefined);
  };
  const isQuiet = ({ value, threshold, mutedBy }: Score): boolean =>
    mutedBy !== undefined || value < (isOpen ? threshold - eventRule.deadband : threshold);

  return {
    watch(score, keep) {
      const comesLate = isGap(score.endMs);
      if (!isOpen && (isQuiet(score) || comesLate)) forget();
      if (isQuiet(score)) return;
      const kept = keep();
      const isPeak = score.value > highest;
      if (isPeak) highest = score.value;
      hold(isPeak ? kept : peak, kept);
    },
    pause() {
      if (!isOpen) forget();
    },
    holds: (kept) => kept === peak || kept === newest,
    spokenOf({ phase, endMs, peakMs }) {
      isOpen = phase !== "closed";
      const known = phase === "opened" ? newest : peak;
      return known?.score.endMs === (phase === "opened" ? endMs : peakMs) ? known : undefined;
    },
    end: forget,
  };
}
