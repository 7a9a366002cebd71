import { join } from "node:path";
import { from, lastValueFrom, type Observable, takeWhile, toArray } from "rxjs";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Frame } from "../../../src/core/frame.ts";
import type { Reading } from "../../../src/core/reading.ts";
import { modbusSource } from "../../../src/sources/modbus/index.ts";
import { recordTrace } from "../../../src/sources/trace/record-trace.ts";
import { traceSource } from "../../../src/sources/trace/trace-source.ts";
import { alignReadings } from "../../../src/stream/align-readings.ts";
import { faultyFrames, gatewayOf, readingsOf, replay } from "../../gateway/machine-gateway.ts";
import { machineTags } from "../../machine-frames.ts";
import { tempFolder } from "../../temp-folder.ts";
import { modbusDevice } from "../modbus/modbus-device.ts";
import { handSource } from "./hand-source.ts";

describe("a recording", () => {
  it("of a Modbus device that was away for a while replays to the live frames", async () => {
    const device = await modbusDevice();
    onTestFinished(() => device.stop());
    device.coils.set(3, true);
    const source = modbusSource({
      host: "127.0.0.1",
      port: device.port,
      pollMs: 20,
      retryFirstMs: 20,
      retryMaxMs: 50,
      tags: [
        { name: "pump1.temperature", table: "holding", address: 0, type: "float32" },
        { name: "pump1.running", table: "coil", address: 3, type: "bool" },
      ],
    });
    const folder = tempFolder();
    const asJsonLines = recordTrace(source, join(folder, "pump.jsonl"));
    const asCsv = recordTrace(asJsonLines, join(folder, "pump.csv"));

    const phases = ["good", "bad", "good"];
    let readings = 0;
    const watched = asCsv.readings.pipe(
      takeWhile(({ quality }) => {
        readings += 1;
        device.holding.set(1, readings); // no value twice
        if (readings === 40) void device.stop().then(() => device.start());
        if (quality === phases[0]) phases.shift();
        return phases.length > 0 || readings < 100;
      }, true),
    );
    const live = await lastValueFrom(watched.pipe(toArray()));
    await asJsonLines.flush();
    await asCsv.flush();
    expect(live.some(({ quality }) => quality === "bad")).toBe(true);

    const grid = alignReadings({ tags: source.tags, periodMs: 50 });
    const frames = (stream: Observable<Reading>): Promise<Frame[]> =>
      lastValueFrom(stream.pipe(grid, toArray()));
    const expected = await frames(from(live));
    expect(expected.length).toBeGreaterThan(5);
    const jsonLines = traceSource(asJsonLines.stats().file ?? "");
    expect(await lastValueFrom(jsonLines.readings.pipe(toArray()))).toEqual(live);
    expect(await frames(jsonLines.readings)).toEqual(expected);
    expect(await frames(traceSource(asCsv.stats().file ?? "").readings)).toEqual(expected);
  }, 60_000);

  it("that a gateway made while it ran gives another gateway the same scores and events", async () => {
    const source = handSource(from(readingsOf(faultyFrames())), machineTags);
    const recorded = recordTrace(source, join(tempFolder(), "pump.jsonl"));
    const live = await replay(gatewayOf({ sources: [recorded] }));
    await recorded.flush();
    const again = await replay(gatewayOf({ sources: [traceSource(recorded.stats().file ?? "")] }));
    expect(live.events.map(({ phase }) => phase)).toEqual(["opened", "closed"]);
    expect(again.events.map(({ id }) => id)).toEqual(live.events.map(({ id }) => id));
    expect(again.scores.map(({ endMs }) => endMs)).toEqual(live.scores.map(({ endMs }) => endMs));
    again.scores.forEach(({ value }, place) => {
      expect(value).toBeCloseTo(live.scores[place]?.value ?? Number.NaN, 3);
    });
  }, 60_000);
});
