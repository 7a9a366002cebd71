/** The values of one tag on their way into frames: those that wait for their frame, and the last one that got there. */
export interface ReadingLane {
  /** Newest time that was put in; minus infinity before the first. */
  seenMs: number;
  /** Whether a value stands until another comes, see {@link Tag.reporting}. */
  readonly onChange: boolean;
  /** Value and time of what the frames up to now know; `NaN` and minus infinity before the first. */
  heldValue: number;
  heldMs: number;
  /** Newest time, in the frames up to now, at which the source gave no value but said `bad`; minus infinity before the first. */
  badMs: number;
  /** Puts a value in the slot of its frame; of several in one slot the newest stays. */
  put(slot: number, timeMs: number, value: number): void;
  /** Notes in the slot of its frame that the source said `bad`; a value stays beside it. */
  putBad(slot: number, timeMs: number): void;
  /** Moves on to `slot`: the newest value up to there is held from now on. */
  moveTo(slot: number): void;
  /** The first slot for which a value waits; infinity when none does. */
  firstSlot(): number;
  /** Whether the newest reading that the frames up to now know was bad. */
  isBad(): boolean;
}

interface Waiting {
  readonly slot: number;
  /** Of the value; minus infinity where there is none, but a `bad`. */
  timeMs: number;
  value: number;
  badMs: number;
}

/** Creates an empty lane. */
export function createReadingLane(onChange: boolean): ReadingLane {
  const waiting: Waiting[] = []; // by slot; seldom more than one or two

  const entryOf = (slot: number): Waiting => {
    let place = waiting.length;
    while (place > 0 && (waiting[place - 1] as Waiting).slot > slot) place -= 1;
    const before = waiting[place - 1];
    if (before?.slot === slot) return before;
    const entry = { slot, timeMs: NEVER, value: Number.NaN, badMs: NEVER };
    waiting.splice(place, 0, entry);
    return entry;
  };

  const lane: ReadingLane = {
    onChange,
    seenMs: NEVER,
    heldValue: Number.NaN,
    heldMs: NEVER,
    badMs: NEVER,
    put(slot, timeMs, value) {
      const entry = entryOf(slot);
      if (timeMs < entry.timeMs) return;
      entry.timeMs = timeMs;
      entry.value = value;
    },
    putBad(slot, timeMs) {
      const entry = entryOf(slot);
      entry.badMs = Math.max(entry.badMs, timeMs);
    },
    moveTo(slot) {
      for (let head = waiting[0]; head !== undefined && head.slot <= slot; head = waiting[0]) {
        waiting.shift();
        lane.badMs = Math.max(lane.badMs, head.badMs);
        if (head.timeMs === NEVER) continue;
        lane.heldMs = head.timeMs;
        lane.heldValue = head.value;
      }
    },
    firstSlot: () => waiting.find(({ timeMs }) => timeMs > NEVER)?.slot ?? Number.POSITIVE_INFINITY,
    isBad: () => lane.badMs > lane.heldMs || (lane.heldMs > NEVER && Number.isNaN(lane.heldValue)),
  };
  return lane;
}

const NEVER = Number.NEGATIVE_INFINITY;
