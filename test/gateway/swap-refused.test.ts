import { NEVER } from "rxjs";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../src/errors.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import type { Scorer } from "../../src/model/scorer.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { gatewayOf, handSource, model, outboxIn } from "./machine-gateway.ts";
import { away, held, run, successor, told } from "./swap-gateway.ts";

describe("a swap that cannot be", () => {
  const strange = trainModel(machineFrames(200), {
    name: "other",
    tags: [{ name: "a" }, { name: "b" }, { name: "c" }],
    windowLength: 8,
    maxEpochs: 1,
  });

  it.each([
    { what: "a machine that is not there", machine: "pump-9", says: /\(pump-1\), got \[pump-9\]/ },
    { what: "no machine", machine: [], says: /got \[\]/ },
    { what: "tags that no source delivers", machine: "pump-1", says: /needs a, b, c/ },
  ])("is refused for $what, and changes nothing", async ({ machine, says }) => {
    const { gateway, play, scored, modelNow } = await run();
    play(0, 20);
    await expect(gateway.swapModel(machine, await strange)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(says),
    });
    play(20, 40);
    await scored(39);
    expect(modelNow()).toEqual(model.identity);
    expect(gateway.health().counters).toMatchObject({ frames: 40, windows: 33 });
  });

  it("is refused for what is no model, and for one with a faster pace than the sources", async () => {
    const { gateway } = await run(
      {},
      machineTags.map((tag) => ({ ...tag, periodMs: 1_500 })),
    );
    const fast = { ...model, card: { ...model.card, periodMs: 500 } };
    await expect(gateway.swapModel("pump-1", fast)).rejects.toMatchObject({
      message: expect.stringContaining("is read only every 1500 ms"),
    });
    // What somebody writes who forgets to await.
    const promised = Promise.resolve(model) as unknown as Scorer;
    await expect(gateway.swapModel("pump-1", promised)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      hint: "Await loadModel or trainModel.",
    });
  });

  it("is refused before the start, after the stop, and once the sources have ended", async () => {
    const idle = gatewayOf({ sources: [handSource("plc", NEVER)] });
    const swap = (gateway: Gateway): Promise<void> => gateway.swapModel("pump-1", successor);
    await expect(swap(idle)).rejects.toMatchObject({
      message: 'gateway "plant-7" takes models while it runs, it is idle',
    });
    const starting = idle.start();
    await expect(swap(idle)).rejects.toThrow("it is starting");
    await starting;
    await idle.stop();
    await expect(swap(idle)).rejects.toThrow("it is stopped");

    const { gateway, source } = await run();
    source.complete();
    await expect(swap(gateway)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("has had its last reading"),
    });
  });
});

describe("a swap that is not over", () => {
  it("gives way to the next one, also while the first model still scores", async () => {
    const slow = held(model);
    const { gateway, scores, play, modelNow } = await run({
      machines: [{ name: "pump-1", model: slow.scorer }],
    });
    play(0, 20);
    const first = expect(gateway.swapModel("pump-1", successor)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("before it could score a window"),
    });
    play(20, 30);
    const second = expect(gateway.swapModel("pump-1", { ...model })).rejects.toThrow(
      "last reading",
    );
    slow.release();
    await first;
    await expect.poll(() => modelNow(), { timeout: 20_000 }).toEqual(model.identity);
    const third = gateway.swapModel("pump-1", successor);
    play(30, 60);
    await Promise.all([second, third]);
    await gateway.stop();
    expect(modelNow()).toEqual(successor.identity);
    expect(gateway.health().counters).toMatchObject({ readings: 180, frames: 60 });
    const ends = scores.map(({ endMs }) => endMs);
    expect(new Set(ends).size).toBe(ends.length);
  });

  it("is told of a stop that comes before its first window, and loses nothing of what was read", async () => {
    const outbox = outboxIn(tempFolder());
    const { gateway, events, play, scored } = await run({ sinks: [away], outbox });
    play(0, 120);
    await scored(119);
    const swapped = expect(gateway.swapModel("pump-1", successor)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
    play(120, 125);
    await gateway.stop();
    await swapped;
    expect(gateway.health().counters).toMatchObject({ readings: 375, frames: 125 });
    expect(told(events)).toEqual(["anomaly opened 1", "anomaly closed 1"]);
    expect(await outbox.unclosed()).toEqual([]);
  });

  it("says so when the new model fails on its first window; the old one can be swapped back", async () => {
    const broken: Scorer = {
      ...successor,
      async score() {
        throw new GatewayError("SCORING_FAILED", "out of memory");
      },
    };
    const { gateway, play, modelNow } = await run();
    play(0, 20);
    const swapped = expect(gateway.swapModel("pump-1", broken)).rejects.toMatchObject({
      code: "SCORING_FAILED",
      hint: "Swap the model before it back.",
      cause: { message: "out of memory" },
    });
    play(20, 40);
    await swapped;
    expect(modelNow()).toEqual(successor.identity);
    const back = gateway.swapModel("pump-1", model);
    play(40, 60);
    await back;
    expect(modelNow()).toEqual(model.identity);
    expect(gateway.health().counters.drops["scoring-failed"]).toBe(9);
  });
});
