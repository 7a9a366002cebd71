import type { DriftRule, ModelCard, Reading } from "wheeltapper";
import { createPlainBatches, type PlainBatches } from "./plain-batches.ts";
import type { PlainSession } from "./runtime.ts";

/** One machine, in flat arrays. */
interface Machine {
  readonly last: Float64Array;
  readonly seenMs: Float64Array;
  /** Rows of the newest frames. */
  readonly ring: Float64Array;
  /** How far levels have wandered. */
  readonly offset: Float64Array;
  /** As `offset` was at the last window: what the next one is normalized by. */
  readonly used: Float64Array;
  nextSlot: number;
  /** Tags that were read at the next frame's instant. */
  ready: number;
  /** Of the next frame. */
  row: number;
  filled: number;
}

export interface PlainLoops extends Pick<PlainBatches, "tally" | "scored"> {
  push(machine: number, reading: Reading): void;
}

/**
 * The same arithmetic as from reading to event, by hand, for this very model and for readings as the bench makes them: without streams, late
 * readings, holes, contributions and everything else that a gateway needs.
 */
export function openPlainLoops(card: ModelCard, session: PlainSession, count: number): PlainLoops {
  const { windowLength, stride, tags, periodMs } = card;
  const width = tags.length;
  const columns = new Map(tags.map(({ name }, column) => [name, column]));
  const drift = card.drift ?? {
    timeMs: Number.POSITIVE_INFINITY,
    limit: 0,
    offset: tags.map(() => 0),
  };
  const follow = createFollow(card, drift);
  const normalize = createNormalize(card);
  const machines = Array.from({ length: count }, () => createMachine(windowLength, drift.offset));
  const batches = createPlainBatches(card, session, count);

  const addFrame = (machine: Machine, place: number): void => {
    machine.ring.set(machine.last, machine.row * width);
    follow(machine);
    machine.row = (machine.row + 1) % windowLength;
    machine.filled = Math.min(machine.filled + 1, windowLength);
    if (machine.filled === windowLength && machine.nextSlot % stride === 0) {
      normalize(machine, batches.next.input, batches.next.offset);
      machine.used.set(machine.offset);
      batches.add(place);
    }
    machine.nextSlot += 1;
    machine.ready = 0;
  };

  return {
    tally: batches.tally,
    scored: batches.scored,
    push(place, { tag, timeMs, value }) {
      const machine = machines[place] as Machine;
      const column = columns.get(tag) as number;
      const instantMs = machine.nextSlot * periodMs;
      if (timeMs >= instantMs && (machine.seenMs[column] as number) < instantMs) machine.ready += 1;
      machine.seenMs[column] = timeMs;
      machine.last[column] = value;
      if (machine.ready === width) addFrame(machine, place);
    },
  };
}

/** Moves the levels of a machine towards its newest row. */
function createFollow(
  { normalizer: { center, scale }, periodMs }: ModelCard,
  { timeMs, limit }: DriftRule,
): (machine: Machine) => void {
  const rate = periodMs / timeMs;
  return ({ ring, offset, row }) => {
    const first = row * offset.length;
    for (let tag = 0; tag < offset.length; tag += 1) {
      const spread = scale[tag] as number;
      const level = offset[tag] as number;
      const away = ((ring[first + tag] as number) - (center[tag] as number) - level) / spread;
      offset[tag] = level + rate * Math.min(limit, Math.max(-limit, away)) * spread;
    }
  };
}

/** Writes the window of a machine into a batch, oldest row first. */
function createNormalize({
  normalizer: { center, scale, clip },
  windowLength,
}: ModelCard): (machine: Machine, target: Float32Array, offset: number) => void {
  const width = center.length;
  return ({ ring, used, row }, target, offset) => {
    let cell = offset;
    for (let step = 0; step < windowLength; step += 1) {
      const first = ((row + step) % windowLength) * width;
      for (let tag = 0; tag < width; tag += 1, cell += 1) {
        const moved =
          (ring[first + tag] as number) - (center[tag] as number) - (used[tag] as number);
        target[cell] = Math.min(clip, Math.max(-clip, moved / (scale[tag] as number)));
      }
    }
  };
}

function createMachine(length: number, start: readonly number[]): Machine {
  const width = start.length;
  return {
    last: new Float64Array(width),
    seenMs: new Float64Array(width).fill(Number.NEGATIVE_INFINITY),
    ring: new Float64Array(width * length),
    offset: Float64Array.from(start),
    used: Float64Array.from(start),
    nextSlot: 0,
    ready: 0,
    row: 0,
    filled: 0,
  };
}
