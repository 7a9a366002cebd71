import { from } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { Tag } from "../../src/core/tag.ts";
import type { Scorer } from "../../src/model/scorer.ts";
import { keptOf } from "../../src/truth/dataset/kept-messages.ts";
import { machineTags } from "../machine-frames.ts";
import { PRESSURE } from "../sensor-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { gatewayOf, handSource, model, outboxIn, readingsOf, replay } from "./machine-gateway.ts";
import { frames, held, run, successor, withoutTemperature } from "./swap-gateway.ts";

describe("swapping the model of a running gateway", () => {
  it("scores all before with the old model, all after with the new one, and nothing twice", async () => {
    const { gateway, scores, play, modelNow } = await run();
    play(0, 40);
    const swapped = gateway.swapModel("pump-1", successor);
    play(40, 70);
    await swapped;
    expect(modelNow()).toEqual(successor.identity);
    play(70, 75);
    await gateway.stop();
    // 40 frames make 33 windows of 8, and 35 make 24 of 12.
    const ends = frames.slice(0, 75).map(({ timeMs }) => timeMs);
    expect(scores.map(({ endMs }) => endMs)).toEqual([...ends.slice(7, 40), ...ends.slice(51)]);
    const { counters } = gateway.health();
    expect(counters).toMatchObject({ readings: 225, frames: 75, windows: 57 });
    expect(new Set(Object.values(counters.drops))).toEqual(new Set([0]));
  });

  it("gives the scores that either model gives by itself", async () => {
    const { gateway, scores, play } = await run();
    play(0, 40);
    const swapped = gateway.swapModel("pump-1", successor);
    play(40, 75);
    await swapped;
    await gateway.stop();
    const alone = async (some: readonly Frame[], judge: Scorer): Promise<number[]> => {
      const sources = [handSource("plc", from(readingsOf(some)))];
      const machines = [{ name: "pump-1", model: judge }];
      const played = await replay(gatewayOf({ sources, machines }));
      return played.scores.map(({ value }) => value);
    };
    const byThemselves = [
      ...(await alone(frames.slice(0, 40), model)),
      ...(await alone(frames.slice(40, 75), successor)),
    ];
    expect(scores.length).toBe(57);
    scores.forEach(({ value }, place) => {
      expect(value).toBeCloseTo(byThemselves[place] ?? Number.NaN, 4);
    });
  });

  it("keeps what is read while the old model still scores what it has queued", async () => {
    const slow = held(model);
    const { gateway, scores, play, modelNow } = await run({
      machines: [{ name: "pump-1", model: slow.scorer }],
    });
    play(0, 40);
    const swapped = gateway.swapModel("pump-1", successor);
    play(40, 80);
    expect(modelNow()).toEqual(model.identity);
    slow.release();
    await swapped;
    await gateway.stop();
    const ends = frames.slice(0, 80).map(({ timeMs }) => timeMs);
    expect(scores.map(({ endMs }) => endMs)).toEqual([...ends.slice(7, 40), ...ends.slice(51)]);
    expect(gateway.health().counters).toMatchObject({ readings: 240, frames: 80, windows: 62 });
  });

  it("goes on counting the windows it has captured, and keeps those of both models", async () => {
    const outbox = outboxIn(tempFolder());
    const { gateway, play, scored } = await run({ outbox, captures: {} });
    play(0, 120);
    await scored(119);
    const swapped = gateway.swapModel("pump-1", successor);
    play(120, 400);
    await swapped;
    await scored(399);
    await gateway.stop();
    const versions: string[] = [];
    for await (const { reason, model: judge } of keptOf(outbox, "capture")) {
      if (reason === "event") versions.push(judge.version);
    }
    expect([...new Set(versions)]).toEqual([model.identity.version, "2"]);
    expect(gateway.health().machines[0]?.captures?.event).toBe(versions.length);
  });

  it("knows what stands: a tag that is told of only when it changes is not told of again", async () => {
    const onChange = machineTags.map(
      (tag): Tag => (tag.name === "pressure" ? { ...tag, reporting: "on-change" } : tag),
    );
    const { gateway, source, play, scores } = await run({}, onChange);
    const polled = (first: number, last: number): void => {
      for (const one of readingsOf(frames.slice(first, last))) {
        if (one.tag !== "pressure") source.next(one);
      }
    };
    play(0, 1);
    polled(1, 40);
    const swapped = gateway.swapModel("pump-1", successor);
    polled(40, 60);
    await swapped;
    expect(gateway.health().machines[0]?.unknownTags).toEqual([]);
    const [now] = scores.slice(-1);
    expect(now?.coverage).toBe(1);
    expect(now?.contributions[PRESSURE]?.actual).toBe(frames[0]?.values[PRESSURE]);
  });

  it("swaps at all machines that share a model", async () => {
    const tagNames = Object.fromEntries(machineTags.map(({ name }) => [name, `other.${name}`]));
    const others = machineTags.map((tag) => ({ ...tag, name: `other.${tag.name}` }));
    const machines = [
      { name: "pump-1", model },
      { name: "pump-2", model, tagNames },
      { name: "pump-3", model },
    ];
    const { gateway, source, scores } = await run({ machines }, [...machineTags, ...others]);
    const play = (first: number, last: number): void => {
      for (const one of readingsOf(frames.slice(first, last))) {
        source.next(one);
        source.next({ ...one, tag: `other.${one.tag}` });
      }
    };
    const models = (): (string | undefined)[] =>
      gateway.health().machines.map((machine) => machine.model.version);
    play(0, 20);
    // The second one is told to map a tag that this model does not have: none of them gets it.
    await expect(gateway.swapModel(["pump-1", "pump-2"], withoutTemperature)).rejects.toMatchObject(
      { code: "CONFIG_INVALID", message: expect.stringMatching(/"pump-2": tagNames/) },
    );
    expect(models()).toEqual(["1", "1", "1"]);
    const swapped = gateway.swapModel(["pump-1", "pump-2"], successor);
    play(20, 50);
    await swapped;
    expect(models()).toEqual(["2", "2", "1"]);
    await gateway.stop();
    const of = (machine: string): number[] =>
      scores.filter((score) => score.machine === machine).map(({ value }) => value);
    expect(of("pump-1")).toEqual(of("pump-2"));
    expect([of("pump-1").length, of("pump-3").length]).toEqual([13 + 19, 43]);
  });
});
