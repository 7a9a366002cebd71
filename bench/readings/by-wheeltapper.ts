import { identity, tap } from "rxjs";
import type { Frame } from "../../src/core/frame.ts";
import type { Reading } from "../../src/core/reading.ts";
import { createCounters } from "../../src/gateway/counters.ts";
import { createMachineNotes } from "../../src/gateway/machine-notes.ts";
import { createRecentReadings } from "../../src/gateway/recent-readings.ts";
import { createRouter } from "../../src/gateway/router.ts";
import type { ReadingDrop } from "../../src/math/aligner.ts";
import { createFrameInlet } from "../../src/stream/align-readings.ts";
import { maskSensorFaults } from "../../src/stream/mask-sensor-faults.ts";
import { createTally, type Plant } from "./plant.ts";
import type { BuildRoad, Road } from "./road.ts";

/** How much of a gateway there is beside the alignment. */
interface Parts {
  /** Sensors are judged, and what cannot be believed is taken out. */
  readonly masks: boolean;
  /** The last half minute of readings is kept for events, everything is counted, and the newest frame noted for health. */
  readonly keepsBooks: boolean;
}

export const aligned: BuildRoad = (plant) => build(plant, { masks: false, keepsBooks: false });
export const masked: BuildRoad = (plant) => build(plant, { masks: true, keepsBooks: false });
export const asInGateway: BuildRoad = (plant) => build(plant, { masks: true, keepsBooks: true });

const ROLL_MS = 30_000;

/** Puts the pieces together as the gateway does. */
function build({ machines, periodMs, card }: Plant, { masks, keepsBooks }: Parts): Road {
  const tally = createTally();
  const counters = createCounters();
  const onDrop = (_: Reading, why: ReadingDrop): void => counters.drop(why);
  const takers = machines.map(({ name, tags: names }) => {
    const tags = names.map((tag) => ({ name: tag }));
    const recent = createRecentReadings(tags, ROLL_MS);
    const notes = createMachineNotes(tags, counters);
    const inlet = createFrameInlet("bench", { tags, periodMs, onDrop, reuse: true });
    const noteFrame = (frame: Frame): void => {
      notes.frame(frame);
      recent.forget(frame.timeMs);
    };
    const masking = { gateway: "bench", machine: name, card, tags, reuse: true };
    const frames = inlet.frames.pipe(
      keepsBooks ? tap(noteFrame) : identity,
      masks ? maskSensorFaults(masking) : identity,
    );
    const taken = frames.forEach((frame) => {
      tally.take(frame.values);
    });
    return {
      tags,
      push(reading: Reading, place: number) {
        if (keepsBooks) recent.push(reading, place);
        inlet.push(reading, place);
      },
      end() {
        inlet.end();
        return taken;
      },
    };
  });
  const { route } = createRouter(takers);
  return {
    tally,
    push(reading) {
      if (keepsBooks) counters.count("readings");
      if (!route(reading)) counters.drop("unknown-tag");
    },
    end() {
      for (const taker of takers) void taker.end();
    },
  };
}
