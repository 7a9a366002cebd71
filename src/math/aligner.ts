import type { Frame } from "../core/frame.ts";
import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import { slotFor } from "./grid.ts";
import { createJumpGuard } from "./jump-guard.ts";
import { createReadingLane, type ReadingLane } from "./reading-lane.ts";

/**
 * Why a reading did not reach its frame:
 * - `late`: the frame had left already; the value fills the next ones if there is no newer one.
 * - `unknown-tag`: no tag of this machine has that name.
 * - `bad-quality`: it was no value, or had no time.
 * - `time-jump`: it was 600 periods ahead of everything before, and the next reading was not.
 */
export type ReadingDrop = "late" | "unknown-tag" | "bad-quality" | "time-jump";

export interface AlignerOptions {
  /** The machine's tags, or their names, in the order of the frame's cells. */
  readonly tags: readonly (Tag | string)[];
  /** Distance of two frames. Frames stand at its multiples since 1970, so a restart finds the same grid. */
  readonly periodMs: number;
  /**
   * A value fills the frames after it until it is older than this; then its cells are unknown. Not so for tags
   * that are reported on change.
   * @defaultValue three periods
   */
  readonly maxAgeMs?: number;
  /**
   * How far the slowest tag may lag behind the fastest before frames stop waiting for it.
   * @defaultValue one period, at least a second
   */
  readonly latenessMs?: number;
  /** Told of every reading that does not reach its frame, but for those that a newer one for the same frame replaces. */
  readonly onDrop?: (reading: Reading, why: ReadingDrop) => void;
}

/** Puts readings that come one by one on one time grid. */
export interface Aligner {
  push(reading: Reading): void;
  /** Emits what is waiting: call it when no reading will come any more. */
  flush(): void;
}

/**
 * Creates an aligner.
 *
 * The frame of instant `T` takes from each tag the newest reading in `(T - periodMs, T]`, else the last one before. It
 * leaves once every tag has been read at `T` or later, or once some tag is `latenessMs` past `T`. Only the
 * readings' own time counts, so a recording gives the same frames every time it is played. Where every cell
 * would be unknown there is no frame: the stream jumps over the gap.
 *
 * The value of a tag that is reported on change stands until the tag has another or goes bad; only where
 * no tag at all was read for {@link LONG_PERIODS} is it given up, too. A reading that far ahead of all others is
 * believed once the next one confirms it: one wrong clock must not make everything after it late.
 *
 * Pushing costs O(1), emitting O(tags).
 */
export function createAligner(options: AlignerOptions, emit: (frame: Frame) => void): Aligner {
  const { tags, periodMs, onDrop = () => {} } = options;
  const { maxAgeMs = 3 * periodMs, latenessMs = Math.max(periodMs, 1_000) } = options;
  const lanes: ReadingLane[] = [];
  const laneOf = new Map<string, ReadingLane>();
  for (const tag of tags) {
    const { name, reporting }: Tag = typeof tag === "string" ? { name: tag } : tag;
    const lane = createReadingLane(reporting === "on-change");
    lanes.push(lane);
    laneOf.set(name, lane);
  }
  let nextSlot = Number.NaN; // grid index of the frame that leaves next; NaN before the first reading
  let newestMs = Number.NEGATIVE_INFINITY;
  let ready = 0; // tags that were read at the next frame's instant or later

  const see = (lane: ReadingLane, timeMs: number): void => {
    newestMs = Math.max(newestMs, timeMs);
    if (timeMs <= lane.seenMs) return;
    const instantMs = nextSlot * periodMs;
    if (timeMs >= instantMs && lane.seenMs < instantMs) ready += 1;
    lane.seenMs = timeMs;
  };

  const isFinal = (): boolean =>
    ready === lanes.length || newestMs - latenessMs > nextSlot * periodMs;

  const firstWaitingSlot = (): number =>
    lanes.reduce((first, lane) => Math.min(first, lane.firstSlot()), Number.POSITIVE_INFINITY);

  /** Emits the next frame, or jumps to where readings go on; false when nothing is left to emit. */
  const advance = (): boolean => {
    for (const lane of lanes) lane.moveTo(nextSlot);
    const frame = frameAt(lanes, nextSlot * periodMs, periodMs, maxAgeMs);
    const following = frame === undefined ? firstWaitingSlot() : nextSlot + 1;
    if (following === Number.POSITIVE_INFINITY) return false;
    nextSlot = following;
    ready = lanes.filter(({ seenMs }) => seenMs >= nextSlot * periodMs).length;
    if (frame !== undefined) emit(frame);
    return true;
  };

  const accept = (lane: ReadingLane, reading: Reading): void => {
    const slot = slotFor(reading.timeMs, periodMs);
    if (Number.isNaN(nextSlot)) nextSlot = slot;
    see(lane, reading.timeMs);
    const why = place(lane, slot, nextSlot, reading);
    if (why !== undefined) onDrop(reading, why);
    let goOn = true;
    while (goOn && isFinal()) goOn = advance();
  };

  const jumps = createJumpGuard(LONG_PERIODS * periodMs, accept, onDrop);
  return {
    push(reading) {
      const lane = laneOf.get(reading.tag);
      if (lane === undefined) onDrop(reading, "unknown-tag");
      else if (!Number.isFinite(reading.timeMs)) onDrop(reading, "bad-quality");
      else jumps.pass(lane, reading);
    },
    flush() {
      jumps.flush();
      while (firstWaitingSlot() < Number.POSITIVE_INFINITY) advance();
    },
  };
}

/**
 * So many periods without any reading are a long silence: values reported on change do not outlast it (no gap in a recording
 * is filled for days), and a reading that far ahead has to be confirmed.
 */
const LONG_PERIODS = 600;

/** Puts a reading where it belongs, or says why it belongs nowhere. */
function place(
  lane: ReadingLane,
  slot: number,
  nextSlot: number,
  { timeMs, value, quality }: Reading,
): ReadingDrop | undefined {
  const isBad = quality === "bad" || !Number.isFinite(value);
  const isLate = slot < nextSlot;
  if (isBad && !lane.onChange) {
    if (isLate) lane.badMs = Math.max(lane.badMs, timeMs);
    else lane.putBad(slot, timeMs);
    return "bad-quality";
  }
  const known = isBad ? Number.NaN : value; // what stood until now stands no longer
  if (!isLate) lane.put(slot, timeMs, known);
  else if (timeMs > lane.heldMs) {
    lane.heldMs = timeMs; // too late for its own frame, still the best there is for the next
    lane.heldValue = known;
  }
  if (isBad) return "bad-quality";
  return isLate ? "late" : undefined;
}

function frameAt(
  lanes: readonly ReadingLane[],
  timeMs: number,
  periodMs: number,
  maxAgeMs: number,
): Frame | undefined {
  const values = new Float64Array(lanes.length).fill(Number.NaN);
  const agesMs = new Float64Array(lanes.length).fill(Number.POSITIVE_INFINITY);
  const newestMs = lanes.reduce(
    (most, { heldMs }) => Math.max(most, heldMs),
    Number.NEGATIVE_INFINITY,
  );
  const doStand = timeMs - newestMs <= LONG_PERIODS * periodMs;
  let known = 0;
  let bad: Uint8Array | undefined;
  lanes.forEach((lane, tag) => {
    const { heldMs, heldValue, onChange } = lane;
    if (lane.isBad()) {
      bad ??= new Uint8Array(lanes.length);
      bad[tag] = 1;
    }
    const ageMs = onChange && doStand ? 0 : timeMs - heldMs;
    if (ageMs > maxAgeMs || Number.isNaN(heldValue)) return;
    values[tag] = heldValue;
    agesMs[tag] = ageMs;
    known += 1;
  });
  if (known === 0) return undefined;
  return { timeMs, periodMs, values, agesMs, ...(bad && { bad }) };
}
