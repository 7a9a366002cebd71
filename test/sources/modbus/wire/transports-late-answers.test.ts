import modbusSerial from "modbus-serial";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ModbusClient } from "../../../../src/sources/modbus/modbus-client.ts";
import { peerSkipReason } from "../../../peers/peer-skip-reason.ts";
import { serialCable } from "../../../peers/serial-cable.ts";
import { startPeer } from "../../../peers/start-peer.ts";
import { connected, serial } from "./connected-client.ts";
import { lateBus } from "./late-bus.ts";

const timeoutMs = 250;
const lateMs = 350;
const READS = 24;

/** Reads register after register, each of which holds its own address, and counts what came of it. */
async function tally(read: (address: number) => Promise<number | undefined>) {
  const counts = { right: 0, wrong: 0, silent: 0 };
  for (let address = 100; address < 100 + READS; address += 1) {
    const value = await read(address).catch(() => undefined);
    if (value === undefined) counts.silent += 1;
    else if (value === address) counts.right += 1;
    else counts.wrong += 1;
  }
  return counts;
}

function reader(client: ModbusClient, unitId = 1) {
  return async (address: number) =>
    (await client.read({ unitId, table: "holding", address, count: 1 }, timeoutMs))[0];
}

async function bare(path: string) {
  const client = new modbusSerial.default();
  onTestFinished(() => client.close(() => {}));
  await client.connectRTUBuffered(path, { baudRate: 19_200 });
  client.setTimeout(timeoutMs);
  return async (address: number) => (await client.readHoldingRegisters(address, 1)).data[0];
}

describe.skipIf(peerSkipReason("libmodbus", "socat"))(
  "a serial unit whose every third answer is late",
  () => {
    const late = async () => {
      const { ends } = await serialCable();
      await startPeer("libmodbus", () => ["rtu", ends[0], "late", 3, lateMs]);
      return ends[1];
    };

    it("never has its late answers taken for others, which modbus-serial by itself does", async () => {
      const [ours, plain] = await Promise.all([
        late().then(async (path) => tally(reader(await connected(serial(path))))),
        late().then(async (path) => tally(await bare(path))),
      ]);
      expect(ours.wrong).toBe(0);
      expect(ours.right).toBeGreaterThan(READS / 4);
      expect(plain.wrong).toBeGreaterThan(0);
    });
  },
);

describe("a late unit behind a converter", () => {
  it("never has its late answers taken for others", async () => {
    const bus = await lateBus(({ nth }) => (nth % 3 === 0 ? lateMs : 0));
    const counts = await tally(reader(await connected(bus.line)));
    expect(counts).toMatchObject({ wrong: 0 });
    expect(counts.right).toBeGreaterThan(READS / 4);
  });

  it("never has an answer taken that comes after the line has rested", async () => {
    const bus = await lateBus(({ nth }) => (nth % 5 === 0 ? 3 * timeoutMs : 0));
    const counts = await tally(reader(await connected(bus.line)));
    expect(counts).toMatchObject({ wrong: 0 });
    expect(counts.right).toBeGreaterThan(READS / 4);
  });

  it("never has an answer taken that was asked for over an earlier connection", async () => {
    let isFirst = true;
    const bus = await lateBus(({ address, count }) => {
      if (!isFirst || address !== 100 || count !== 1) return 0;
      isFirst = false;
      return 2 * timeoutMs;
    });
    const first = await connected(bus.line);
    await expect(reader(first)(100)).rejects.toMatchObject({ code: "ETIMEDOUT" });
    first.close();
    const second = await connected(bus.line);
    expect(await tally(reader(second))).toMatchObject({ wrong: 0 });
    expect(bus.answered()).toBe(bus.asked());
  });

  it("is waited for, lest its answer collide with the next request", async () => {
    const bus = await lateBus(({ nth }) => (nth === 3 ? lateMs : 0));
    const client = await connected(bus.line);
    expect(await reader(client)(100)).toBe(100);
    await expect(reader(client)(101)).rejects.toMatchObject({ code: "ETIMEDOUT" });
    expect(bus.answered()).toBe(2);
    await reader(client, 2)(102);
    expect(bus.overlaps()).toBe(0);
  });

  it("does not make the others wait when it stays away", async () => {
    const bus = await lateBus(({ unitId }) => (unitId === 9 ? undefined : 0));
    const client = await connected(bus.line);
    const read = (unitId: number, limitMs: number) =>
      client.read({ unitId, table: "holding", address: 100, count: 1 }, limitMs);
    for (let round = 0; round < 2; round += 1) {
      await expect(read(9, 1000)).rejects.toMatchObject({ code: "ETIMEDOUT" });
      const startedMs = performance.now();
      expect(await read(1, 10_000)).toEqual([100]);
      expect(performance.now() - startedMs).toBeLessThan(900);
    }
  });
});
