import type { Frame } from "../core/frame.ts";
import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import { createFrameDrafts, createTagReadings, type TagReadings } from "./frame-drafts.ts";
import { copyFrame } from "./frame-sheet.ts";
import { createFrameWriter } from "./frame-writer.ts";
import { slotFor } from "./grid.ts";
import { createJumpGuard } from "./jump-guard.ts";

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
  /**
   * The frame is lent: it and its arrays are valid until the next one is emitted; copy what you keep. No frame takes memory then.
   * @defaultValue false: every frame is its receiver's
   */
  readonly reuse?: boolean;
}

/** Puts readings that come one by one on one time grid. */
export interface Aligner {
  /** @param place the cell of the reading's tag, where that is known: the tag need not be looked up then */
  push(reading: Reading, place?: number): void;
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
 * Pushing costs O(1), emitting O(tags); with `reuse` neither allocates.
 */
export function createAligner(options: AlignerOptions, emit: (frame: Frame) => void): Aligner {
  const { tags, periodMs, reuse = false, onDrop = () => {} } = options;
  const { maxAgeMs = 3 * periodMs, latenessMs = Math.max(periodMs, 1_000) } = options;
  const known = tags.map((tag): Tag => (typeof tag === "string" ? { name: tag } : tag));
  const places = new Map(known.map(({ name }, place) => [name, place]));
  const onChange = known.map(({ reporting }) => reporting === "on-change");
  const drafts = createFrameDrafts(tags.length);
  const held = createTagReadings(tags.length);
  const seenMs = new Float64Array(tags.length).fill(Number.NEGATIVE_INFINITY);
  const grid: Grid = { nextSlot: Number.NaN, newestMs: Number.NEGATIVE_INFINITY, ready: 0 };
  const write = createFrameWriter({
    onChange,
    periodMs,
    maxAgeMs,
    standMs: LONG_PERIODS * periodMs,
  });

  const isFinal = (): boolean =>
    grid.ready === tags.length || grid.newestMs - latenessMs > grid.nextSlot * periodMs;

  /** Emits the next frame, or jumps to where readings go on; false when nothing is left to emit. */
  const advance = (): boolean => {
    const slot = grid.nextSlot;
    drafts.moveInto(held, slot);
    const frame = write(held, slot * periodMs);
    const following = frame === undefined ? drafts.firstSlot() : slot + 1;
    if (following === Number.POSITIVE_INFINITY) {
      drafts.moveInto(held, slotFor(grid.newestMs - latenessMs, periodMs) - 1); // all that comes is bad: it must not pile up
      return false;
    }
    grid.nextSlot = following;
    grid.ready = countFrom(seenMs, following * periodMs);
    if (frame !== undefined) emit(reuse ? frame : copyFrame(frame));
    return true;
  };

  const putValue = (tag: number, slot: number, timeMs: number, value: number): void => {
    if (slot >= grid.nextSlot) drafts.put(slot, tag, timeMs, value);
    else holdLate(held, tag, timeMs, value);
  };

  const putBad = (tag: number, slot: number, timeMs: number): void => {
    if (onChange[tag] === true)
      putValue(tag, slot, timeMs, Number.NaN); // what stood until now stands no longer
    else if (slot >= grid.nextSlot) drafts.putBad(slot, tag, timeMs);
    else held.badMs[tag] = Math.max(held.badMs[tag] as number, timeMs);
  };

  /** Puts a reading where it belongs, or says why it belongs nowhere. */
  const place = (tag: number, slot: number, reading: Reading): ReadingDrop | undefined => {
    const isValue = hasValue(reading);
    if (isValue) putValue(tag, slot, reading.timeMs, reading.value);
    else putBad(tag, slot, reading.timeMs);
    if (!isValue) return "bad-quality";
    return slot < grid.nextSlot ? "late" : undefined;
  };

  const accept = (tag: number, reading: Reading): void => {
    const slot = slotFor(reading.timeMs, periodMs);
    if (Number.isNaN(grid.nextSlot)) grid.nextSlot = slot;
    see(grid, seenMs, tag, reading.timeMs, grid.nextSlot * periodMs);
    const why = place(tag, slot, reading);
    if (why !== undefined) onDrop(reading, why);
    while (isFinal() && advance());
  };

  const jumps = createJumpGuard(LONG_PERIODS * periodMs, accept, onDrop);
  return {
    push(reading, given) {
      const tag = given ?? places.get(reading.tag);
      if (tag === undefined) onDrop(reading, "unknown-tag");
      else if (!Number.isFinite(reading.timeMs)) onDrop(reading, "bad-quality");
      else jumps.pass(tag, reading);
    },
    flush() {
      jumps.flush();
      while (drafts.firstSlot() < Number.POSITIVE_INFINITY) advance();
    },
  };
}

/** Where the frames are. An object, because the engine makes a number anew whenever a plain variable of a closure takes a fraction. */
interface Grid {
  /** Grid index of the frame that leaves next; `NaN` before the first reading. */
  nextSlot: number;
  newestMs: number;
  /** Tags that were read at the next frame's instant or later. */
  ready: number;
}

/**
 * So many periods without any reading are a long silence: values reported on change do not outlast it (no gap in a recording
 * is filled for days), and a reading that far ahead has to be confirmed.
 */
const LONG_PERIODS = 600;

/** Too late for its own frame, a value may still be the best there is for the next. */
function holdLate(held: TagReadings, tag: number, timeMs: number, value: number): void {
  if (timeMs <= (held.timesMs[tag] as number)) return;
  held.timesMs[tag] = timeMs;
  held.values[tag] = value;
}

function hasValue({ value, quality }: Reading): boolean {
  return quality !== "bad" && Number.isFinite(value);
}

/** Notes that a tag was read at `timeMs`. */
function see(
  grid: Grid,
  seenMs: Float64Array,
  tag: number,
  timeMs: number,
  instantMs: number,
): void {
  if (timeMs > grid.newestMs) grid.newestMs = timeMs;
  const before = seenMs[tag] as number;
  if (timeMs <= before) return;
  if (timeMs >= instantMs && before < instantMs) grid.ready += 1;
  seenMs[tag] = timeMs;
}

/** How many of the times are `instantMs` or later. */
function countFrom(timesMs: Float64Array, instantMs: number): number {
  let count = 0;
  for (let tag = 0; tag < timesMs.length; tag += 1) {
    if ((timesMs[tag] as number) >= instantMs) count += 1;
  }
  return count;
}
