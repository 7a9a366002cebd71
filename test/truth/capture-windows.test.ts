import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import type { AnomalyEvent } from "../../src/core/anomaly-event.ts";
import type { Frame } from "../../src/core/frame.ts";
import type { WindowCapture } from "../../src/core/window-capture.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { scoreWindows } from "../../src/stream/score-windows.ts";
import { slideWindow } from "../../src/stream/slide-window.ts";
import { trackEvents } from "../../src/stream/track-events.ts";
import { createCapturer } from "../../src/truth/capture-windows.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import { plainModel, scoredMinutes } from "./captured-machine.ts";

const names = { gateway: "gateway-1", machine: "pump-1" };
const minutes = scoredMinutes(
  Array.from({ length: 200 }, (_, minute) => ({ value: minute / 100 })),
);

describe("a capturer", () => {
  it("never makes scoring wait for the model, and hands captures on in their order", async () => {
    const waiting: (() => void)[] = [];
    const model = plainModel();
    const captures: WindowCapture[] = [];
    const capturer = createCapturer({
      ...names,
      bytesPerDay: 1e9,
      model: {
        ...model,
        async reconstruct(windows) {
          await new Promise<void>((resume) => waiting.push(resume));
          return (await model.reconstruct?.(windows)) ?? [];
        },
      },
      onCapture: (capture) => captures.push(capture),
    });
    for (const [score, window] of minutes) capturer.scored(score, window);
    const closed = capturer.close();
    expect(captures).toEqual([]);
    while (captures.length < minutes.length) {
      await new Promise(setImmediate);
      waiting.shift()?.();
    }
    await closed;
    expect(captures.map(({ endMs }) => endMs)).toEqual(minutes.map(([{ endMs }]) => endMs));
  });

  it("loses the windows that the model fails to reconstruct, says so, and goes on", async () => {
    const model = plainModel();
    const failed = minutes[70]?.[0].endMs;
    const captures: WindowCapture[] = [];
    const capturer = createCapturer({
      ...names,
      bytesPerDay: 1e9,
      model: {
        ...model,
        async reconstruct(windows) {
          if (windows[0]?.endMs === failed) throw new Error("out of memory");
          return (await model.reconstruct?.(windows)) ?? [];
        },
      },
      onCapture: (capture) => captures.push(capture),
    });
    for (const [score, window] of minutes) capturer.scored(score, window);
    await capturer.close();
    expect(captures).toHaveLength(199);
    expect(captures.map(({ endMs }) => endMs)).not.toContain(failed);
    expect(capturer.counts().failed).toBe(1);
    expect(capturer.lastError()).toMatchObject({ message: "out of memory" });
  });

  it("keeps window and score where a scorer has nothing more to show", async () => {
    const { reconstruct: _, ...model } = plainModel();
    const captures: WindowCapture[] = [];
    const capturer = createCapturer({
      ...names,
      model,
      onCapture: (capture) => captures.push(capture),
    });
    for (const [score, window] of minutes.slice(0, 3)) capturer.scored(score, window);
    await capturer.close();
    expect(captures).toHaveLength(3);
    for (const { inputs, outputs, auxiliary } of captures) {
      expect([inputs.length, outputs.length, auxiliary.length]).toEqual([1, 0, 0]);
    }
  });

  it("captures what a trained model says of a real stream: its event's windows are those of the event's messages", async () => {
    const model = await trainModel(machineFrames(600), {
      name: "machine",
      tags: machineTags,
      windowLength: 8,
    });
    const captures: WindowCapture[] = [];
    const events: AnomalyEvent[] = [];
    const capturer = createCapturer({
      ...names,
      model,
      tags: ["Current", "Pressure", "Temperature"],
      bytesPerDay: 1e8,
      onCapture: (capture) => captures.push(capture),
    });
    const source = new Subject<Frame>();
    const finished = source
      .pipe(
        slideWindow({ length: 8 }),
        scoreWindows(model, { onScored: capturer.scored }),
        trackEvents({ ...names, model: model.identity, ...model.card.eventRule }),
      )
      .forEach((event) => {
        events.push(event);
        capturer.event(event);
      });
    for (const [row, frame] of machineFrames(400, { seed: 8 }).entries()) {
      const shift = row >= 200 && row < 240 ? 3 : 0;
      source.next({
        ...frame,
        values: frame.values.map((value, tag) => value + (tag === 2 ? shift : 0)),
      });
    }
    source.complete();
    await finished;
    await capturer.close();
    await model.close();

    expect(events.map(({ phase }) => phase)).toEqual(["opened", "updated", "closed"]);
    const spokenOf = events.map(({ phase, endMs, peakMs }) =>
      phase === "opened" ? endMs : peakMs,
    );
    const ofEvent = captures.filter(({ reason }) => reason === "event");
    expect(ofEvent.map(({ endMs }) => endMs)).toEqual([...new Set(spokenOf)]);
    const worstWindow = ofEvent.find(({ endMs }) => endMs === events.at(-1)?.peakMs);
    expect(worstWindow?.score).toBe(events.at(-1)?.score);
    const worst = [...(worstWindow?.contributions ?? [])].sort((a, b) => b.share - a.share)[0];
    expect(worst?.tag).toBe("Temperature");
    expect(captures).toHaveLength(393); // the budget has room for all
    expect(captures.every(({ inputs, outputs }) => inputs[0]?.data !== outputs[0]?.data)).toBe(
      true,
    );
  });
});
