/** What is known of each tag at some moment. Shape `[tags]` each. */
export interface TagReadings {
  readonly values: Float64Array;
  /** When they were measured; minus infinity where there is none. */
  readonly timesMs: Float64Array;
  /** When the source last gave no value but said `bad`; minus infinity where it did not. */
  readonly badMs: Float64Array;
}

/** Readings that wait for their frames. What passes through leaves no garbage behind: drafts are written over again. */
export interface FrameDrafts {
  /** Puts a value in the draft of its frame; of several of one tag the newest stays. */
  put(slot: number, tag: number, timeMs: number, value: number): void;
  /** Notes in the draft of its frame that the source said `bad`; a value stays beside it. */
  putBad(slot: number, tag: number, timeMs: number): void;
  /** Moves what waits for frames up to `slot` into `held`. */
  moveInto(held: TagReadings, slot: number): void;
  /** The first slot for which a value waits; infinity when none does. */
  firstSlot(): number;
}

interface Draft extends TagReadings {
  slot: number;
  hasValues: boolean;
  hasBad: boolean;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** Knows of no reading yet. */
export function createTagReadings(tags: number): TagReadings {
  return {
    values: new Float64Array(tags).fill(Number.NaN),
    timesMs: new Float64Array(tags).fill(NEVER),
    badMs: new Float64Array(tags).fill(NEVER),
  };
}

/** Creates drafts for frames of so many tags; there are as many at a time as frames wait, seldom more than two. */
export function createFrameDrafts(tags: number): FrameDrafts {
  const drafts: Draft[] = []; // by slot
  const spare: Draft[] = [];

  const begin = (slot: number, place: number): Draft => {
    const draft = spare.pop() ?? {
      ...createTagReadings(tags),
      ...{ slot: Number.NaN, hasValues: false, hasBad: false },
    };
    draft.slot = slot;
    if (place === drafts.length) drafts.push(draft);
    else drafts.splice(place, 0, draft);
    return draft;
  };

  const draftOf = (slot: number): Draft => {
    const newest = drafts[drafts.length - 1];
    if (newest?.slot === slot) return newest;
    const place = placeOf(drafts, slot);
    const found = drafts[place];
    return found?.slot === slot ? found : begin(slot, place);
  };

  return {
    put(slot, tag, timeMs, value) {
      const draft = draftOf(slot);
      if (timeMs < (draft.timesMs[tag] as number)) return;
      draft.timesMs[tag] = timeMs;
      draft.values[tag] = value;
      draft.hasValues = true;
    },
    putBad(slot, tag, timeMs) {
      const draft = draftOf(slot);
      draft.badMs[tag] = Math.max(draft.badMs[tag] as number, timeMs);
      draft.hasBad = true;
    },
    moveInto(held, slot) {
      for (let draft = drafts[0]; draft && draft.slot <= slot; draft = drafts[0]) {
        drafts.shift();
        if (draft.hasValues) moveValues(draft, held);
        if (draft.hasBad) moveBad(draft, held);
        draft.hasValues = false;
        draft.hasBad = false;
        spare.push(draft);
      }
    },
    firstSlot: () => drafts.find(({ hasValues }) => hasValues)?.slot ?? Number.POSITIVE_INFINITY,
  };
}

/** The place of the first draft at `slot` or later. */
function placeOf(drafts: readonly Draft[], slot: number): number {
  let from = 0;
  let to = drafts.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((drafts[middle] as Draft).slot < slot) from = middle + 1;
    else to = middle;
  }
  return from;
}

function moveValues({ values, timesMs }: Draft, held: TagReadings): void {
  for (let tag = 0; tag < timesMs.length; tag += 1) {
    const timeMs = timesMs[tag] as number;
    if (timeMs === NEVER) continue;
    held.timesMs[tag] = timeMs;
    held.values[tag] = values[tag] as number;
    timesMs[tag] = NEVER;
  }
}

function moveBad({ badMs }: Draft, held: TagReadings): void {
  for (let tag = 0; tag < badMs.length; tag += 1) {
    held.badMs[tag] = Math.max(held.badMs[tag] as number, badMs[tag] as number);
    badMs[tag] = NEVER;
  }
}
