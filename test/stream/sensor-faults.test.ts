import { from, lastValueFrom, map, Subject, toArray } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { SensorFault } from "../../src/core/sensor-fault.ts";
import { copyFrame, createFrameSheet } from "../../src/math/frame-sheet.ts";
import { detectSensorFaults } from "../../src/stream/detect-sensor-faults.ts";
import { maskSensorFaults } from "../../src/stream/mask-sensor-faults.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import { machineCard, PRESSURE, repeat, withSensor } from "../sensor-frames.ts";

const normal = machineFrames(300, { seed: 7 });
const stuck = withSensor(normal, PRESSURE, [100, 200], repeat(normal, PRESSURE, 99));
const where = { gateway: "plant-7", machine: "pump-1", card: machineCard };

const faultsOf = (
  frames: readonly Frame[],
  options: Partial<Parameters<typeof detectSensorFaults>[0]> = {},
): Promise<SensorFault[]> =>
  lastValueFrom(from(frames).pipe(detectSensorFaults({ ...where, ...options }), toArray()));

describe("detectSensorFaults", () => {
  it("opens and closes a fault under one id, the same in every run", async () => {
    const faults = await faultsOf(stuck);
    expect(faults).toMatchObject([
      { kind: "sensor-fault", phase: "opened", revision: 0, machine: "pump-1", tag: "pressure" },
      { kind: "sensor-fault", phase: "closed", revision: 1, gateway: "plant-7", fault: "stuck" },
    ]);
    expect(faults[0]?.id).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(faults[1]?.id).toBe(faults[0]?.id);
    expect(await faultsOf(stuck)).toEqual(faults);
  });

  it("gives another machine's fault another id", async () => {
    const [here] = await faultsOf(stuck);
    const [there] = await faultsOf(stuck, { machine: "pump-2" });
    expect(there?.id).not.toBe(here?.id);
  });

  it("goes on with a fault under its id, and says that it is closed when the sensor is well", async () => {
    const [opened] = await faultsOf(stuck);
    if (opened === undefined) throw new Error("no fault was opened");
    const rest = await faultsOf(stuck.slice(150), { resume: [opened] });
    expect(rest).toMatchObject([{ id: opened.id, phase: "closed", revision: 1 }]);
  });

  it("keeps its state per subscription", async () => {
    const frames = new Subject<Frame>();
    const faults = frames.pipe(detectSensorFaults(where));
    const first = lastValueFrom(faults.pipe(toArray()));
    for (const frame of stuck.slice(0, 105)) frames.next(frame);
    const second = lastValueFrom(faults.pipe(toArray()));
    for (const frame of stuck.slice(105, 112)) frames.next(frame);
    frames.complete();
    expect((await first).map(({ phase }) => phase)).toEqual(["opened"]);
    expect(await second).toEqual([]);
  });

  it.each([
    { wrong: { machine: "" }, shows: /machine must be given/ },
    { wrong: { tags: machineTags.slice(1) }, shows: /one tag per tag of the card \(3\), got 2/ },
    { wrong: { limits: { nobody: false as const } }, shows: /got nobody/ },
  ])("refuses what is wrong: $wrong", ({ wrong, shows }) => {
    for (const operator of [detectSensorFaults, maskSensorFaults]) {
      expect(() => operator({ ...where, ...wrong })).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(shows) }),
      );
    }
  });
});

describe("maskSensorFaults", () => {
  const masked = async (frames: readonly Frame[]) => {
    const told: SensorFault[] = [];
    const onFault = (fault: SensorFault): void => void told.push(fault);
    const operator = maskSensorFaults({ ...where, onFault });
    return { frames: await lastValueFrom(from(frames).pipe(operator, toArray())), told };
  };

  it("takes the cells of a broken sensor out, and no others", async () => {
    const { frames } = await masked(stuck);
    const unknown = frames.flatMap(({ values }, row) =>
      Number.isNaN(values[PRESSURE]) ? [row] : [],
    );
    expect([unknown[0], unknown.at(-1), unknown.length]).toEqual([102, 208, 107]);
    for (const [row, { values, agesMs }] of frames.entries()) {
      expect([values[0], values[2]]).toEqual([stuck[row]?.values[0], stuck[row]?.values[2]]);
      expect(agesMs[PRESSURE]).toBe(unknown.includes(row) ? Number.POSITIVE_INFINITY : 0);
    }
  });

  it("leaves the frames that it is given as they are", async () => {
    const before = structuredClone(stuck);
    const { frames } = await masked(stuck);
    expect(stuck).toEqual(before);
    expect(frames[0]).toBe(stuck[0]);
  });

  it("lends the same frames one after the other, and passes on what it leaves as it is", async () => {
    const masked = await lastValueFrom(from(stuck).pipe(maskSensorFaults(where), toArray()));
    const lent: Frame[] = [];
    const sheets = new Set<Frame>();
    await from(stuck)
      .pipe(maskSensorFaults({ ...where, reuse: true }))
      .forEach((frame) => {
        lent.push(copyFrame(frame));
        if (!stuck.includes(frame)) sheets.add(frame);
      });
    expect(lent).toEqual(masked);
    expect(sheets.size).toBe(1);
  });

  it("finds the same faults in frames that are lent to it", async () => {
    const sheet = createFrameSheet(machineTags.length);
    const lending = from(stuck).pipe(
      map(({ timeMs, periodMs, values, agesMs }) => {
        sheet.values.set(values);
        sheet.agesMs.set(agesMs);
        return sheet.frameAt(timeMs, periodMs, false);
      }),
    );
    const faults = lastValueFrom(lending.pipe(detectSensorFaults(where), toArray()));
    expect(await faults).toEqual(await faultsOf(stuck));
  });

  it("tells of the very faults that detectSensorFaults tells of", async () => {
    expect((await masked(stuck)).told).toEqual(await faultsOf(stuck));
  });
});
