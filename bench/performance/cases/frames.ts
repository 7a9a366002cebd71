import { identity } from "rxjs";
import type { Frame } from "wheeltapper";
import type { Case } from "../case.ts";
import { feedFrames } from "../feed-frames.ts";
import { openPlainStreams } from "../plain-way.ts";
import { LENGTH, STRIDE, TAGS, trainBenchModel } from "../plant.ts";
import { createReplay } from "../replay.ts";
import {
  BATCH,
  DEFAULT_SESSION,
  OUR_SESSION,
  openPlainSession,
  runReadyBatches,
} from "../runtime.ts";
import { openStreams, type Streams } from "../streams.ts";
import { median, medianRatio, takeTurns } from "../turns.ts";

const MACHINES = 64;
const CELLS = LENGTH * TAGS;
const OURS = "wheeltapper";
const ALONE = `ONNX Runtime alone, ready batches of ${BATCH}`;
const PLAIN = "plain way: bufferCount, one run per window";
const PLAIN_SAME = `${PLAIN}, session as ours`;

/** Frames in, events out, beside what one writes by hand and beside the runtime, which is the floor. */
export const framesCase: Case = {
  title: "Frames in, events out",
  async run(bench) {
    const windowsPerMachine = bench.quick ? 64 : 256;
    const windows = MACHINES * windowsPerMachine;
    const replay = createReplay(MACHINES, 1_000);
    const model = await trainBenchModel();
    const byDefault = await openPlainSession(model.bytes, CELLS, DEFAULT_SESSION);
    const sameAsOurs = await openPlainSession(model.bytes, CELLS, OUR_SESSION);
    const events = new Map<string, number>();
    const rate = async (name: string, open: () => Streams<Frame>): Promise<number> => {
      const streams = open();
      const rated = await feedFrames(streams, replay, {
        windowsPerTurn: BATCH,
        windowsEach: windowsPerMachine,
        lends: name === OURS, // the plain way keeps its frames
      });
      events.set(name, streams.tally.events);
      streams.close();
      return rated.windowsPerSecond;
    };
    const figures = await takeTurns(
      {
        [OURS]: () => rate(OURS, () => openStreams<Frame>(model, MACHINES, identity)),
        [ALONE]: () => runReadyBatches(sameAsOurs, CELLS, windows),
        [PLAIN]: () => rate(PLAIN, () => openPlainStreams(byDefault, model.card, MACHINES)),
        [PLAIN_SAME]: () =>
          rate(PLAIN_SAME, () => openPlainStreams(sameAsOurs, model.card, MACHINES)),
      },
      bench.quick ? 3 : 9,
      bench,
    );
    for (const opened of [model.close, byDefault.release, sameAsOurs.release]) await opened();
    const plain = Math.min(...[PLAIN, PLAIN_SAME].map((name) => medianRatio(figures, OURS, name)));
    return {
      setup: {
        machines: MACHINES,
        tags: TAGS,
        length: LENGTH,
        stride: STRIDE,
        windows,
        events: events.get(OURS) ?? 0,
      },
      columns: [
        { key: "windowsPerSecond", title: "windows/s", unit: "figure" },
        { key: "ours", title: "wheeltapper is", unit: "text" },
      ],
      rows: Object.entries(figures).map(([method, rates]) => ({
        method,
        windowsPerSecond: median(rates),
        ours: method === OURS ? "" : `${medianRatio(figures, OURS, method).toFixed(2)} of it`,
      })),
      goals: [
        { what: "times the faster plain way", value: plain, atLeast: 10 },
        {
          what: "of ONNX Runtime alone",
          value: medianRatio(figures, OURS, ALONE),
          atLeast: 0.7,
        },
      ],
    };
  },
};
