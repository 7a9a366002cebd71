import { describe, expect, it, onTestFinished } from "vitest";
import {
  type ModbusClient,
  type ModbusTag,
  modbusSource,
} from "../../../src/sources/modbus/index.ts";
import { sourceContract } from "../../../src/testing/source-contract.ts";
import { firstReadings, hear, patience, status, untilFailure } from "../hearing.ts";
import { type ModbusDevice, modbusDevice } from "./modbus-device.ts";

const quick = { host: "127.0.0.1", pollMs: 10, retryFirstMs: 10, retryMaxMs: 50 };
const temperature: ModbusTag = {
  name: "pump1.temperature",
  table: "holding",
  address: 0,
  type: "float32",
};

async function device(): Promise<ModbusDevice> {
  const started = await modbusDevice();
  onTestFinished(() => started.stop());
  return started;
}

describe("modbus source", () => {
  describe("keeps the promises of a source", () => {
    sourceContract(async () => {
      const served = await modbusDevice();
      served.coils.set(3, true);
      return {
        source: modbusSource({
          ...quick,
          port: served.port,
          tags: [temperature, { name: "pump1.running", table: "coil", address: 3, type: "bool" }],
        }),
        connections: () => served.connections(),
        outage: { takeAway: () => served.stop(), bringBack: () => served.start() },
        close: () => served.stop(),
      };
    });
  });

  it("reads all four tables, scales, and stamps each reading with the time of its answer", async () => {
    const served = await device();
    served.input.set(10, 0xff9c);
    served.coils.set(0, true);
    served.discrete.set(9, false);
    const source = modbusSource({
      ...quick,
      port: served.port,
      now: () => 7,
      tags: [
        temperature,
        { name: "flow", table: "input", address: 10, type: "int16", scale: 0.5, offset: 20 },
        { name: "on", table: "coil", address: 0, type: "bool" },
        { name: "fault", table: "discrete", address: 9, type: "bool" },
      ],
    });

    const heard = await firstReadings(source, 4);

    expect(heard).toContainEqual({ tag: "flow", timeMs: 7, value: -30, quality: "good" });
    expect(heard).toContainEqual({ tag: "on", timeMs: 7, value: 1, quality: "good" });
    expect(heard).toContainEqual({ tag: "fault", timeMs: 7, value: 0, quality: "good" });
    expect(heard.find(({ tag }) => tag === temperature.name)?.value).toBeCloseTo(123.456, 4);
  });

  it("marks only the tag bad whose address does not exist, and remembers which one it was", async () => {
    const served = await device();
    for (const address of [20, 21, 23]) served.holding.set(address, address);
    const tags = [20, 21, 22, 23].map(
      (address): ModbusTag => ({ name: `r${address}`, table: "holding", address, type: "uint16" }),
    );
    const source = modbusSource({ ...quick, port: served.port, tags });

    const heard = await firstReadings(source, 10);

    const byTag = (tag: string) => heard.filter((reading) => reading.tag === tag);
    expect(byTag("r22")).toEqual([
      expect.objectContaining({ quality: "bad", value: Number.NaN, statusCode: 2 }),
    ]);
    for (const address of [20, 21, 23]) {
      expect(byTag(`r${address}`).length).toBeGreaterThan(1);
      expect(byTag(`r${address}`).every(({ value }) => value === address)).toBe(true);
    }
    expect(served.requests.filter((request) => request === "holding 20+4")).toHaveLength(1);
    expect(served.requests.filter((request) => request === "holding 22+1")).toHaveLength(1);
  });

  it("asks again for a refused tag after a while", async () => {
    const served = await device();
    const tags: ModbusTag[] = [{ name: "late", table: "holding", address: 50, type: "uint16" }];
    const source = modbusSource({ ...quick, port: served.port, tags, retryRefusedMs: 30 });
    const heard = hear(source);
    await expect.poll(() => heard.at(-1)?.statusCode, patience).toBe(2);
    served.holding.set(50, 5);
    await expect.poll(() => heard.at(-1)?.value, patience).toBe(5);
  });

  it("is silent, not live, while the device refuses everything, and keeps the connection", async () => {
    const served = await device();
    served.exception = 4;
    const source = modbusSource({ ...quick, port: served.port, tags: [temperature] });
    const heard = hear(source);
    const { error } = await status(source, "silent");
    expect(error).toMatchObject({ code: "SOURCE_REJECTED", retryable: true });
    expect(error?.message).toContain(
      `modbus 127.0.0.1:${served.port}, unit 1, function 3 (holding), address 0, count 2: refused with exception 4`,
    );
    expect(heard[0]).toMatchObject({ quality: "bad", statusCode: 4 });

    served.exception = undefined;
    await status(source, "live");
    expect(served.connections()).toBe(1);
  });

  it.each([
    [0x7fc0, "NaN"],
    [0x7f80, "infinity"],
  ])("takes a float of %i (%s) for bad", async (word) => {
    const served = await device();
    served.holding.set(0, word).set(1, 0);
    const source = modbusSource({ ...quick, port: served.port, tags: [temperature] });
    const [reading] = await firstReadings(source, 1);
    expect(reading).toMatchObject({ quality: "bad", value: Number.NaN });
  });

  it("fails with SOURCE_REJECTED after giveUpAfterMs of refusals", async () => {
    const served = await device();
    served.exception = 2;
    const source = modbusSource({
      ...quick,
      port: served.port,
      tags: [temperature],
      giveUpAfterMs: 100,
    });
    await expect(untilFailure(source)).rejects.toMatchObject({
      code: "SOURCE_REJECTED",
      hint: expect.stringContaining("count from 0"),
    });
    await expect.poll(() => served.connections(), patience).toBe(0);
  });

  it("goes on at its own pace when the clock is set back", async () => {
    const served = await device();
    let setBackMs = 0;
    const source = modbusSource({
      ...quick,
      port: served.port,
      tags: [temperature],
      now: () => Date.now() - setBackMs,
    });
    const heard = hear(source);
    await expect.poll(() => heard.length, patience).toBeGreaterThan(1);
    const before = heard.length;
    setBackMs = 3_600_000;
    await expect.poll(() => heard.length, patience).toBeGreaterThan(before + 5);
    const times = heard.map(({ timeMs }) => timeMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBeGreaterThan(before + 2);
  });

  it("works with a client of one's own and closes it", async () => {
    const closed: string[] = [];
    const client = (): ModbusClient => ({
      connect: async () => {},
      read: async () => [0x42f6, 0xe979],
      close: () => closed.push("closed"),
    });
    const source = modbusSource({ ...quick, tags: [temperature], client });
    const [reading] = await firstReadings(source, 1);
    expect(reading?.value).toBeCloseTo(123.456, 4);
    expect(closed).toEqual(["closed"]);
  });
});
