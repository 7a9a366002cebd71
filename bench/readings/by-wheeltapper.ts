import { type OperatorFunction, Subject, tap } from "rxjs";
import type { Frame } from "../../src/core/frame.ts";
import type { Reading } from "../../src/core/reading.ts";
import { createCounters } from "../../src/gateway/counters.ts";
import { createMachineNotes } from "../../src/gateway/machine-notes.ts";
import { createRecentReadings } from "../../src/gateway/recent-readings.ts";
import { createRouter } from "../../src/gateway/router.ts";
import { createAligner, type ReadingDrop } from "../../src/math/aligner.ts";
import { maskSensorFaults } from "../../src/stream/mask-sensor-faults.ts";
import { createTally, type Plant } from "./plant.ts";
import type { BuildRoad, Road } from "./road.ts";

export const aligned: BuildRoad = (plant) => build(plant, false);
export const alignedAndMasked: BuildRoad = (plant) => build(plant, true);

function build({ machines, periodMs, card }: Plant, masks: boolean): Road {
  const tally = createTally();
  const counters = createCounters();
  const created = machines.map(({ name, tags: names }) => {
    const tags = names.map((tag) => ({ name: tag }));
    const frames = new Subject<Frame>();
    const onDrop = (_: Reading, why: ReadingDrop): void => counters.drop(why);
    const aligner = createAligner({ tags, periodMs, onDrop, reuse: true }, (frame) =>
      frames.next(frame),
    );
    const recent = createRecentReadings(30_000);
    const notes = createMachineNotes(tags, counters);
    const mask = maskSensorFaults({ gateway: "bench", machine: name, card, tags, reuse: true });
    frames
      .pipe(
        tap((frame) => {
          notes.frame(frame);
          recent.forget(frame.timeMs);
        }),
        masks ? mask : passOn,
      )
      .subscribe((frame) => tally.take(frame.values));
    return {
      tags,
      push(reading: Reading, place: number) {
        recent.push(reading);
        aligner.push(reading, place);
      },
      end: aligner.flush,
    };
  });
  const { route } = createRouter(created);
  return {
    tally,
    push(reading) {
      counters.count("readings");
      if (!route(reading)) counters.drop("unknown-tag");
    },
    end() {
      for (const machine of created) machine.end();
    },
  };
}

const passOn: OperatorFunction<Frame, Frame> = (frames) => frames;
