import { describe, expect, it } from "vitest";
import type { ModbusLine } from "../../../../src/sources/modbus/modbus-client.ts";
import { peerSkipReason } from "../../../peers/peer-skip-reason.ts";
import { serialCable } from "../../../peers/serial-cable.ts";
import { startPeer } from "../../../peers/start-peer.ts";
import { connected, serial } from "./connected-client.ts";

const unitId = 1;
const amply = 10_000;
const host = "127.0.0.1";

const lines = {
  async tcp(): Promise<ModbusLine> {
    const { port } = await startPeer("pymodbus", (free) => ["tcp", free]);
    return { protocol: "tcp", host, port };
  },
  async udp(): Promise<ModbusLine> {
    const { port } = await startPeer("pymodbus", (free) => ["udp", free]);
    return { protocol: "udp", host, port };
  },
  async "rtu-over-tcp"(): Promise<ModbusLine> {
    const { port } = await startPeer("pymodbus", (free) => ["rtu-over-tcp", free]);
    return { protocol: "rtu-over-tcp", host, port };
  },
  async rtu(): Promise<ModbusLine> {
    const { ends } = await serialCable();
    await startPeer("pymodbus", () => ["rtu", ends[0]]);
    return serial(ends[1]);
  },
};

describe.skipIf(peerSkipReason("pymodbus", "socat"))("against pymodbus", () => {
  for (const [protocol, line] of Object.entries(lines)) {
    it(`reads over ${protocol} what the server holds`, async () => {
      const client = await connected(await line());
      const read = (table: "holding" | "input" | "coil" | "discrete", address: number, count = 1) =>
        client.read({ unitId, table, address, count }, amply);

      expect(await read("holding", 0, 125)).toEqual(Array.from({ length: 125 }, (_, i) => i));
      expect(await read("holding", 300, 2)).toEqual([0x42f6, 0xe979]);
      expect(await read("holding", 302, 2)).toEqual([0xe979, 0x42f6]);
      expect(await read("holding", 308, 4)).toEqual([0xeedd, 0xef0b, 0x8216, 0x7eeb]);
      expect(await read("holding", 312)).toEqual([0x1234]);
      expect(await read("input", 0, 3)).toEqual([7, 7, 7]);
      expect(await read("coil", 0, 3)).toEqual([1, 0, 1]);
      expect(await read("discrete", 4, 9)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0]);
      expect(await read("coil", 0, 2000)).toHaveLength(2000);
    });

    it(`gives the number of an exception over ${protocol}, and goes on`, async () => {
      const client = await connected(await line());
      const missing = client.read({ unitId, table: "holding", address: 250, count: 1 }, amply);
      await expect(missing).rejects.toMatchObject({ modbusCode: 2 });
      const there = client.read({ unitId, table: "holding", address: 17, count: 1 }, amply);
      expect(await there).toEqual([17]);
    });
  }
});

describe.skipIf(peerSkipReason("libmodbus", "socat"))("against libmodbus", () => {
  async function tcp(...mode: readonly (string | number)[]) {
    const peer = await startPeer("libmodbus", (port) => ["tcp", port, ...mode]);
    const client = await connected({ protocol: "tcp", host, port: peer.port });
    const holding = (address: number, timeoutMs: number) =>
      client.read({ unitId, table: "holding", address, count: 1 }, timeoutMs);
    return { peer, client, holding };
  }

  it("reads all four tables over TCP", async () => {
    const { client } = await tcp();
    const read = (table: "holding" | "input" | "coil" | "discrete") =>
      client.read({ unitId, table, address: 3, count: 4 }, amply);
    expect(await read("holding")).toEqual([3, 4, 5, 6]);
    expect(await read("input")).toEqual([1003, 1004, 1005, 1006]);
    expect(await read("coil")).toEqual([1, 0, 1, 0]);
    expect(await read("discrete")).toEqual([1, 0, 0, 1]);
  });

  it("reads over a serial line", async () => {
    const { ends } = await serialCable();
    await startPeer("libmodbus", () => ["rtu", ends[0]]);
    const client = await connected(serial(ends[1]));
    const read = client.read({ unitId, table: "input", address: 3, count: 2 }, amply);
    expect(await read).toEqual([1003, 1004]);
  });

  it("takes no answer of another transaction", async () => {
    const { holding } = await tcp("wrong-transaction");
    for (const address of [10, 20, 30]) {
      expect(await holding(address, amply)).toEqual([address]);
      await expect(holding(address + 1, 200)).rejects.toMatchObject({ code: "ETIMEDOUT" });
    }
  });

  it("takes no late answer for the one to the next request", async () => {
    const { holding } = await tcp("late", 2, 400);
    const heard: unknown[] = [];
    for (let address = 10; address < 20; address += 1) {
      await holding(address, 250).then(
        (words) => heard.push({ [address]: words[0] }),
        (cause: unknown) => expect(cause).toMatchObject({ code: "ETIMEDOUT" }),
      );
    }
    expect(heard).not.toEqual([]);
    for (const pair of heard)
      expect(Object.keys(pair as object)).toEqual(Object.values(pair as object).map(String));
  });

  it("stays silent as long as a server that is slower than the time-out, and knows each answer once it waits", async () => {
    const { holding } = await tcp("slow", 300);
    await expect(holding(10, 100)).rejects.toMatchObject({ code: "ETIMEDOUT" });
    await expect(holding(11, 100)).rejects.toMatchObject({ code: "ETIMEDOUT" });
    expect(await holding(12, amply)).toEqual([12]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 10, 11])("gives exception %i its number", async (code) => {
    const { holding } = await tcp("exception", code);
    expect(await holding(10, amply)).toEqual([10]);
    await expect(holding(11, amply)).rejects.toMatchObject({ modbusCode: code });
    expect(await holding(12, amply)).toEqual([12]);
  });

  it("fails at once, and for good, when the server hangs up", async () => {
    const { holding } = await tcp("drop", 2);
    expect(await holding(10, amply)).toEqual([10]);
    const failure = { message: "the device closed the connection" };
    await expect(holding(11, 600_000)).rejects.toMatchObject(failure);
    await expect(holding(12, 600_000)).rejects.toMatchObject(failure);
  });

  it("fails at once when the server is killed", async () => {
    const { peer, holding } = await tcp("slow", 600_000);
    const pending = expect(holding(10, 600_000)).rejects.not.toHaveProperty("modbusCode");
    await peer.kill();
    await pending;
  });

  it("ends the connection over garbage, which would hide where the next answer begins", async () => {
    const { holding } = await tcp("garbage", 2);
    expect(await holding(10, amply)).toEqual([10]);
    await expect(holding(11, 600_000)).rejects.toThrow(
      "expected the header of a Modbus TCP answer, got 0xffffffffffff",
    );
    await expect(holding(12, 600_000)).rejects.toThrow("expected the header");
  });

  it("reads on when a frozen server thaws", async () => {
    const { peer, holding } = await tcp();
    peer.freeze();
    await expect(holding(10, 100)).rejects.toMatchObject({ code: "ETIMEDOUT" });
    peer.thaw();
    expect(await holding(11, amply)).toEqual([11]);
  });
});
