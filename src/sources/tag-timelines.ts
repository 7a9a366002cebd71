import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import type { SourceTrouble } from "./source.ts";
import {
  emptyLane,
  isOverdue,
  isRepetition,
  nextTimeMs,
  type TagLane,
  type TagState,
} from "./tag-lane.ts";
import type { Tally } from "./tally.ts";
import { createTroubleList, type Trouble } from "./trouble-list.ts";

/** What one subscription has delivered of each tag. */
export interface TagTimelines {
  /**
   * Gives the readings as they may be delivered, without those that repeat the one just delivered.
   *
   * @param trouble why the bad ones are bad
   */
  admit(readings: readonly Reading[], trouble?: Trouble): readonly Reading[];
  /**
   * Bad readings without a time of the device's own, stamped just after the tag's last one (the clock's time when there was none):
   * whatever the device serves later is newer, however old its stamp and however wrong its clock.
   */
  blank(tags: readonly string[], trouble: Trouble, statusCode?: number): readonly Reading[];
  /** A bad reading for every tag that has a value or was never read. */
  lose(trouble: Trouble): readonly Reading[];
  /** From now on every tag is waited for. */
  await(): void;
  /**
   * The tags that stay away for too long: those that are waited for, and the sampled ones that have a value. One that the
   * connection has called bad is not among them.
   */
  overdue(): readonly string[];
  /** Tags by their newest reading. */
  readonly count: Readonly<Record<TagState, number>>;
  /** Why tags are bad. */
  troubles(): readonly SourceTrouble[];
}

export interface TagTimelinesOptions {
  readonly tags: readonly Tag[];
  /** Stamps what the device does not stamp, in epoch milliseconds. */
  readonly clock: () => number;
  /** Never set back, in milliseconds. */
  readonly steady: () => number;
  /** See {@link ReconnectingSourceOptions.expectMs}. */
  readonly expectMs: (tag: Tag) => number;
  readonly tally: Tally;
}

export function tagTimelines(options: TagTimelinesOptions): TagTimelines {
  const { tags, clock, steady, expectMs, tally } = options;
  const lanes = new Map(tags.map((tag) => [tag.name, emptyLane(tag, expectMs(tag), steady())]));
  const ledger = createLedger(lanes.size, clock, tally);

  const laneOf = (tag: string): TagLane => {
    const lane = lanes.get(tag);
    if (lane === undefined) throw new Error(`a reading of "${tag}", which is no tag of the source`);
    return lane;
  };

  const admit = (
    reading: Reading,
    trouble: Trouble | undefined,
    steadyMs: number,
  ): Reading | undefined => {
    const lane = laneOf(reading.tag);
    lane.heardMs = steadyMs;
    if (reading.late) return ledger.pass(reading);
    lane.isAwaited = false;
    if (isRepetition(lane, reading)) {
      tally.duplicates += 1;
      return undefined;
    }
    const timeMs = nextTimeMs(lane, reading.timeMs, clock, tally);
    if (timeMs === undefined) return ledger.pass({ ...reading, late: true });
    const timed = timeMs === reading.timeMs ? reading : { ...reading, timeMs };
    return ledger.enter(lane, timed, trouble);
  };

  const blank = (lane: TagLane, trouble: Trouble, statusCode?: number): Reading => {
    const timeMs = lane.state === "unread" ? clock() : lane.lastMs + 1;
    const code = statusCode === undefined ? {} : { statusCode };
    const reading: Reading = { tag: lane.name, timeMs, value: Number.NaN, quality: "bad", ...code };
    return ledger.enter(lane, reading, trouble);
  };

  const awaitAll = (): void => {
    const steadyMs = steady();
    for (const lane of lanes.values()) {
      lane.isAwaited = true;
      lane.heardMs = steadyMs;
    }
  };

  return {
    admit(readings, trouble) {
      const steadyMs = steady();
      const admitted: Reading[] = [];
      for (const reading of readings) {
        const delivered = admit(reading, trouble, steadyMs);
        if (delivered !== undefined) admitted.push(delivered);
      }
      return admitted;
    },
    blank: (names, trouble, statusCode) =>
      names.map((name) => {
        const lane = laneOf(name);
        lane.isAwaited = false;
        return blank(lane, trouble, statusCode);
      }),
    lose(trouble) {
      awaitAll();
      for (const lane of lanes.values()) if (lane.state === "bad") ledger.blame(lane, trouble);
      const left = [...lanes.values()].filter((lane) => lane.state !== "bad");
      return left.map((lane) => blank(lane, trouble));
    },
    await: awaitAll,
    overdue() {
      const steadyMs = steady();
      const overdue = [...lanes.values()].filter((lane) => isOverdue(lane, steadyMs));
      return overdue.map(({ name }) => name);
    },
    count: ledger.count,
    troubles: ledger.troubles,
  };
}

/** Keeps the figures while readings go out. */
function createLedger(tags: number, clock: () => number, tally: Tally) {
  const count: Record<TagState, number> = { unread: tags, valued: 0, bad: 0 };
  const troubles = createTroubleList(clock);

  const pass = (reading: Reading): Reading => {
    tally.readings += 1;
    if (reading.quality === "bad") tally.bad += 1;
    if (reading.late) tally.late += 1;
    return reading;
  };
  return {
    count,
    troubles: () => troubles.list(),
    /** A reading that says nothing of how the tag stands now. */
    pass,
    /** The newest reading of its tag. */
    enter(lane: TagLane, reading: Reading, trouble: Trouble | undefined): Reading {
      const state = reading.quality === "bad" ? "bad" : "valued";
      if (state !== lane.state) {
        count[lane.state] -= 1;
        count[state] += 1;
        if (state === "valued") troubles.clear(lane.name);
      }
      if (state === "bad" && trouble !== undefined) troubles.put(lane.name, trouble);
      lane.state = state;
      lane.lastMs = reading.timeMs;
      lane.lastValue = reading.value;
      lane.lastQuality = reading.quality;
      return pass(reading);
    },
    blame: (lane: TagLane, trouble: Trouble) => troubles.put(lane.name, trouble),
  };
}
