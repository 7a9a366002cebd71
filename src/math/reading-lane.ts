/** The values of one tag on their way into frames: those that wait for their frame, and the last one that got there. */
export interface ReadingLane {
  /** Newest time that was put in; minus infinity before the first. */
  seenMs: number;
  /** Whether a value stands until another comes, see {@link Tag.reporting}. */
  readonly onChange: boolean;
  /** Value and time of what the frames up to now know; `NaN` and minus infinity before the first. */
  heldValue: number;
  heldMs: number;
  /** Puts a value in the slot of its frame; of several in one slot the newest stays. */
  put(slot: number, timeMs: number, value: number): void;
  /** Moves on to `slot`: the newest value up to there is held from now on. */
  moveTo(slot: number): void;
  /** The first slot for which a value waits; infinity when none does. */
  firstSlot(): number;
}

interface Waiting {
  readonly slot: number;
  timeMs: number;
  value: number;
}

/** Creates an empty lane. */
export function createReadingLane(onChange: boolean): ReadingLane {
  const waiting: Waiting[] = []; // by slot; seldom more than one or two
  const lane: ReadingLane = {
    onChange,
    seenMs: Number.NEGATIVE_INFINITY,
    heldValue: Number.NaN,
    heldMs: Number.NEGATIVE_INFINITY,
    put(slot, timeMs, value) {
      let place = waiting.length;
      while (place > 0 && (waiting[place - 1] as Waiting).slot > slot) place -= 1;
      const before = waiting[place - 1];
      if (before?.slot !== slot) {
        waiting.splice(place, 0, { slot, timeMs, value });
      } else if (timeMs >= before.timeMs) {
        before.timeMs = timeMs;
        before.value = value;
      }
    },
    moveTo(slot) {
      for (let head = waiting[0]; head !== undefined && head.slot <= slot; head = waiting[0]) {
        lane.heldMs = head.timeMs;
        lane.heldValue = head.value;
        waiting.shift();
      }
    },
    firstSlot: () => waiting[0]?.slot ?? Number.POSITIVE_INFINITY,
  };
  return lane;
}
