import { bufferCount, concatMap, filter, map, tap } from "rxjs";
import type { Frame, ModelCard } from "wheeltapper";
import { createInlet } from "./inlet.ts";
import type { PlainSession } from "./runtime.ts";
import { fail, type Streams } from "./streams.ts";

/** What one writes by hand: copy frames into a window, run it by itself, compare its squared error with a limit. */
export function openPlainStreams(
  session: PlainSession,
  { windowLength, stride, normalizer: { center, scale } }: ModelCard,
  machines: number,
): Streams<Frame> {
  const tally = { windows: 0, events: 0, scores: 0 };
  const inputs = Array.from({ length: machines }, () => createInlet<Frame>());
  const normalize = (value: number, tag: number): number =>
    (value - (center[tag] ?? 0)) / (scale[tag] ?? 1);
  const subscriptions = inputs.map((input) =>
    input.values
      .pipe(
        bufferCount(windowLength, stride),
        filter((frames) => frames.length === windowLength),
        map((frames) =>
          Float32Array.from(frames.flatMap(({ values }) => [...values.map(normalize)])),
        ),
        concatMap(async (window) => squaredError(window, await session.run(window))),
        tap((error) => {
          tally.windows += 1;
          tally.scores += error;
        }),
        filter((error) => error > 1),
      )
      .subscribe({
        next() {
          tally.events += 1;
        },
        error: fail,
      }),
  );
  return {
    inputs,
    length: windowLength,
    tally,
    close() {
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}

function squaredError(window: Float32Array, reconstruction: Float32Array): number {
  return (
    window.reduce((sum, value, cell) => sum + (value - (reconstruction[cell] ?? 0)) ** 2, 0) /
    window.length
  );
}
