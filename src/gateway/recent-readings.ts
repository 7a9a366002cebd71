import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import { createReadingColumns, type ReadingColumns } from "./reading-columns.ts";

/** The newest readings of a machine, to be sent along with its events. */
export interface RecentReadings {
  /**
   * Keeps a reading, unless it is of another machine.
   *
   * @param place of its tag among the machine's, where that is known
   */
  push(reading: Reading, place?: number): void;
  /** Forgets what no event from `scoredMs` on can ask for. */
  forget(scoredMs: number): void;
  /** The readings of the span before `untilMs`, oldest first. */
  before(untilMs: number): readonly Reading[];
}

/** Readings sent along at most: an event must not fill the uplink. */
const MAX_SENT = 2_000;
/** Readings kept at most while nothing is scored: a burst must not fill the memory. */
const MAX_KEPT = 20_000;
/** Readings of a block. What a machine keeps comes and goes in blocks that are used again: columns that grow leave their smaller selves behind. */
const BLOCK_BITS = 8;
const BLOCK = 1 << BLOCK_BITS;

interface Block {
  readonly columns: ReadingColumns;
  /** Places of the readings' tags. */
  readonly tags: Uint32Array;
}

/**
 * Creates an empty store of readings that reach `spanMs` back from whatever is scored next.
 *
 * Scoring may lag behind, as in a replay: what was read after a window is kept, and is not taken for what was around it.
 * A reading costs O(1) and 21 bytes, or 29 where there are status codes.
 */
export function createRecentReadings(tags: readonly Tag[], spanMs: number): RecentReadings {
  const places = new Map(tags.map(({ name }, place) => [name, place]));
  const blocks: Block[] = []; // oldest first, behind them those that are free
  let first = 0; // place of the oldest in the first block
  let kept = 0;

  const blockOf = (place: number): Block => {
    const number = place >> BLOCK_BITS;
    if (number === blocks.length) blocks.push(createBlock());
    return blocks[number] as Block;
  };

  const drop = (): void => {
    kept -= 1;
    first += 1;
    if (first < BLOCK) return;
    first = 0;
    blocks.push(blocks.shift() as Block);
  };

  const timeMsOf = (place: number): number => blockOf(place).columns.timeMs(place % BLOCK);

  const read = (place: number): Reading | undefined => {
    const block = blockOf(place);
    const tag = tags[block.tags[place % BLOCK] as number];
    return tag && block.columns.read(place % BLOCK, tag.name);
  };

  return {
    push(reading, given) {
      const tag = given ?? places.get(reading.tag);
      if (tag === undefined) return;
      if (kept === MAX_KEPT) drop();
      const place = first + kept;
      const block = blockOf(place);
      block.columns.write(place % BLOCK, reading);
      block.tags[place % BLOCK] = tag;
      kept += 1;
    },
    forget(scoredMs) {
      const fromMs = scoredMs - spanMs;
      while (kept > 0 && timeMsOf(first) < fromMs) drop();
    },
    before(untilMs) {
      const found: Reading[] = [];
      for (let place = first + kept - 1; place >= first && found.length < MAX_SENT; place -= 1) {
        const timeMs = timeMsOf(place);
        const isWithin = timeMs >= untilMs - spanMs && timeMs <= untilMs;
        const reading = isWithin ? read(place) : undefined;
        if (reading) found.push(reading);
      }
      return found.reverse();
    },
  };
}

function createBlock(): Block {
  return { columns: createReadingColumns(BLOCK), tags: new Uint32Array(BLOCK) };
}
