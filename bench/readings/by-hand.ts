import type { Frame } from "../../src/core/frame.ts";
import { createSensorFaultDetector } from "../../src/math/sensor-fault-detector.ts";
import { createTally, type Plant } from "./plant.ts";
import type { BuildRoad, Road } from "./road.ts";

/** Values older than so many periods are unknown. */
const MAX_AGE_PERIODS = 3;

/** What one writes by hand: the last value of every tag, and a frame of its own whenever the grid goes on. */
export const byHand: BuildRoad = (plant) => build(plant, () => (frame) => frame);

/** The same, and the judgement of the sensors as a plain call. */
export const byHandJudged: BuildRoad = (plant) =>
  build(plant, () => {
    const detector = createSensorFaultDetector({ card: plant.card });
    return (frame) => {
      detector.push(frame);
      for (let cell = 0; cell < detector.mask.length; cell += 1) {
        if (detector.mask[cell] === 1) frame.values[cell] = Number.NaN;
      }
      return frame;
    };
  });

function build(
  { periodMs, machines }: Plant,
  judgeOf: (machine: number) => (frame: Frame) => Frame,
): Road {
  const width = machines[0]?.tags.length ?? 0;
  const placeOf = new Map<string, number>();
  for (const { tags } of machines) for (const tag of tags) placeOf.set(tag, placeOf.size);
  const values = new Float64Array(placeOf.size).fill(Number.NaN);
  const timesMs = new Float64Array(placeOf.size).fill(Number.NEGATIVE_INFINITY);
  const slots = new Float64Array(machines.length).fill(Number.NaN);
  const judges = machines.map((_, machine) => judgeOf(machine));
  const tally = createTally();

  const emit = (machine: number): void => {
    const frame: Frame = {
      timeMs: (slots[machine] as number) * periodMs,
      periodMs,
      values: new Float64Array(width),
      agesMs: new Float64Array(width),
    };
    for (let cell = 0; cell < width; cell += 1) {
      const place = machine * width + cell;
      const ageMs = frame.timeMs - (timesMs[place] as number);
      const isKnown = ageMs <= MAX_AGE_PERIODS * periodMs;
      frame.values[cell] = isKnown ? (values[place] as number) : Number.NaN;
      frame.agesMs[cell] = isKnown ? ageMs : Number.POSITIVE_INFINITY;
    }
    tally.take((judges[machine] as (frame: Frame) => Frame)(frame).values);
  };

  return {
    tally,
    push({ tag, timeMs, value, quality }) {
      const place = placeOf.get(tag);
      if (place === undefined) return;
      const machine = Math.floor(place / width);
      const slot = Math.ceil(timeMs / periodMs);
      if (slot > (slots[machine] as number)) {
        for (; (slots[machine] as number) < slot; slots[machine] = (slots[machine] as number) + 1) {
          emit(machine);
        }
      } else if (Number.isNaN(slots[machine])) slots[machine] = slot;
      if (quality === "bad") return;
      values[place] = value;
      timesMs[place] = timeMs;
    },
    end() {
      for (let machine = 0; machine < machines.length; machine += 1) emit(machine);
    },
  };
}
