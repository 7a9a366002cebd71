import { filter, firstValueFrom } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Reading } from "../../../src/core/reading.ts";
import {
  type ModbusSourceOptions,
  type ModbusTag,
  modbusSource,
} from "../../../src/sources/modbus/index.ts";
import { peerSkipReason } from "../../peers/peer-skip-reason.ts";
import { serialCable } from "../../peers/serial-cable.ts";
import { startPeer } from "../../peers/start-peer.ts";
import { hear, patience, status } from "../hearing.ts";

const host = "127.0.0.1";
const quick = { pollMs: 20, retryFirstMs: 10, retryMaxMs: 50 };
const at = (address: number, rest: Partial<ModbusTag> = {}): ModbusTag => ({
  name: `r${address}`,
  table: "holding",
  address,
  type: "uint16",
  ...rest,
});
const newest = (heard: readonly Reading[], name: string) =>
  heard.findLast(({ tag }) => tag === name);
const valued = (heard: readonly Reading[]) => heard.filter(({ quality }) => quality !== "bad");

type Line = Pick<ModbusSourceOptions, "host" | "port" | "protocol" | "serial">;
const lines: Readonly<Record<string, () => Promise<Line>>> = {
  async tcp() {
    const { port } = await startPeer("pymodbus", (free) => ["tcp", free]);
    return { host, port };
  },
  async udp() {
    const { port } = await startPeer("pymodbus", (free) => ["udp", free]);
    return { host, port, protocol: "udp" };
  },
  async "rtu-over-tcp"() {
    const { port } = await startPeer("pymodbus", (free) => ["rtu-over-tcp", free]);
    return { host, port, protocol: "rtu-over-tcp" };
  },
  async rtu() {
    const { ends } = await serialCable();
    await startPeer("pymodbus", () => ["rtu", ends[0]]);
    return { serial: { path: ends[1], parity: "none", stopBits: 1 } };
  },
};

describe.skipIf(peerSkipReason("pymodbus", "socat"))("modbus source on pymodbus", () => {
  it.each(Object.keys(lines))(
    "reads what the server holds over %s, but for the hole",
    async (over) => {
      const line = (await lines[over]?.()) as Line;
      const source = modbusSource({
        ...quick,
        ...line,
        timeoutMs: 5000,
        tags: [
          ...[197, 198, 199, 200, 299].map((address) => at(address)),
          at(300, { name: "float", type: "float32" }),
          at(302, { name: "swapped", type: "float32", byteOrder: "CDAB" }),
          at(304, { name: "nan", type: "float32" }),
          at(306, { name: "infinite", type: "float32" }),
          at(308, { name: "large", type: "int64" }),
          at(312, { name: "decimal", type: "bcd16" }),
          { name: "on", table: "coil", address: 0, type: "bool" },
        ],
        texts: [{ name: "pump", table: "holding", address: 313, registers: 4 }],
      });
      const heard = hear(source);
      const { tags } = source;
      await expect
        .poll(() => tags.filter(({ name }) => !newest(heard, name)), patience)
        .toEqual([]);
      const { troubles, texts } = await firstValueFrom(
        source.status.pipe(filter((now) => now.state === "degraded" && "pump" in now.texts)),
      );

      for (const address of [197, 198, 199]) {
        expect(newest(heard, `r${address}`)).toMatchObject({ value: address, quality: "good" });
      }
      for (const name of ["r200", "r299"]) {
        expect(newest(heard, name)).toMatchObject({ quality: "bad", statusCode: 2 });
      }
      for (const name of ["nan", "infinite"]) expect(newest(heard, name)?.quality).toBe("bad");
      expect(newest(heard, "float")?.value).toBeCloseTo(123.456, 4);
      expect(newest(heard, "swapped")?.value).toBeCloseTo(123.456, 4);
      const value = Number(-1234567890123456789n);
      expect(newest(heard, "large")).toMatchObject({ value, quality: "uncertain" });
      expect(newest(heard, "decimal")).toMatchObject({ value: 1234, quality: "good" });
      expect(newest(heard, "on")).toMatchObject({ value: 1, quality: "good" });
      expect(troubles.map(({ part }) => part).sort()).toEqual(
        ["nan", "infinite", "r200", "r299"].map((name) => `tag ${name}`).sort(),
      );
      expect(texts).toEqual({ pump: "PUMP-07" });
    },
  );

  it("an absent unit behind a gateway makes its own tags bad, and is named", async () => {
    const line = (await lines["tcp"]?.()) as Line;
    const tags = [at(5), at(6, { name: "absent", unitId: 9 })];
    const source = modbusSource({ ...quick, ...line, tags, timeoutMs: 200 });
    const heard = hear(source);
    await expect.poll(() => newest(heard, "absent")?.quality, patience).toBe("bad");
    const { troubles } = await status(source, "degraded");
    expect(troubles).toMatchObject([{ part: "unit 9", tags: ["absent"] }]);
    const before = heard.length;
    await expect.poll(() => heard.length, patience).toBeGreaterThan(before + 10);
    expect(heard.filter(({ tag }) => tag === "r5").every(({ value }) => value === 5)).toBe(true);
    expect(source.counters?.().losses).toBe(0);
  });
});

describe.skipIf(peerSkipReason("libmodbus"))("modbus source on libmodbus", () => {
  const tags = [at(10), at(11), at(200), at(400)];

  it.each<[string, ...(string | number)[]]>([
    ["answers with another transaction", "wrong-transaction"],
    ["hangs up", "drop", 3],
    ["sends garbage", "garbage", 3],
    ["is late", "late", 4, 250],
    ["reports a failure", "exception", 4],
    ["is busy", "exception", 6],
    ["refuses", "exception", 2],
  ])("gives no wrong value when every few answers it %s", async (_what, ...mode) => {
    const { port } = await startPeer("libmodbus", (free) => ["tcp", free, ...mode]);
    const source = modbusSource({
      ...quick,
      host,
      port,
      tags,
      timeoutMs: 150,
      retryRefusedMs: 50,
      quarantineFirstMs: 50,
      quarantineMaxMs: 200, // it may be the same request that is asked every time the server hangs up
    });
    const heard = hear(source);
    await expect
      .poll(
        () => tags.every(({ name }) => valued(heard).filter(({ tag }) => tag === name).length > 3),
        patience,
      )
      .toBe(true);
    for (const { tag, value } of valued(heard)) expect(tag).toBe(`r${value}`);
  });

  it("gives one bad reading and comes back when the server is killed and started anew", async () => {
    const peer = await startPeer("libmodbus", (free) => ["tcp", free, "normal"]);
    const source = modbusSource({ ...quick, host, port: peer.port, tags });
    const heard = hear(source);
    await status(source, "live");
    await peer.kill();
    await status(source, "silent");
    expect(heard.filter(({ quality }) => quality === "bad")).toHaveLength(tags.length);
    await peer.restart();
    await status(source, "live");
    for (const { tag, value } of valued(heard)) expect(tag).toBe(`r${value}`);
  });

  it("reads on when a frozen server thaws, with nothing invented in between", async () => {
    const peer = await startPeer("libmodbus", (free) => ["tcp", free, "normal"]);
    const source = modbusSource({ ...quick, host, port: peer.port, tags, timeoutMs: 100 });
    const heard = hear(source);
    await status(source, "live");
    peer.freeze();
    await status(source, "silent");
    const frozenAt = heard.length;
    peer.thaw();
    await status(source, "live");
    expect(heard.slice(frozenAt).some(({ quality }) => quality === "good")).toBe(true);
    for (const { tag, value } of valued(heard)) expect(tag).toBe(`r${value}`);
  });
});

describe.skipIf(peerSkipReason("libmodbus", "socat"))("modbus source on a serial line", () => {
  it("says silent when the device is gone, gives each tag one bad reading, and comes back by itself", async () => {
    const { ends } = await serialCable();
    const peer = await startPeer("libmodbus", () => ["rtu", ends[0], "normal"]);
    const serial = { path: ends[1], parity: "none", stopBits: 1 } as const;
    const source = modbusSource({ ...quick, serial, timeoutMs: 200, tags: [at(10), at(200)] });
    const heard = hear(source);
    await status(source, "live");
    await peer.kill();
    const { error } = await status(source, "silent");
    expect(error?.message).toContain(`modbus ${ends[1]}, unit 1, function 3 (holding)`);
    await peer.restart();
    await status(source, "live");
    for (const { tag, value } of valued(heard)) expect(tag).toBe(`r${value}`);
  });

  it("one powered-off unit does not stop the others", async () => {
    const { ends } = await serialCable();
    await startPeer("libmodbus", () => ["rtu", ends[0], "normal"]);
    const serial = { path: ends[1], parity: "none", stopBits: 1 } as const;
    const tags = [at(10), at(200), at(7, { name: "absent", unitId: 2 })];
    const source = modbusSource({ ...quick, serial, pollMs: 200, timeoutMs: 300, tags });
    const heard = hear(source);
    await expect.poll(() => newest(heard, "absent")?.quality, patience).toBe("bad");
    const before = valued(heard).length;
    await expect.poll(() => valued(heard).length, patience).toBeGreaterThan(before + 40);
    for (const { tag, value } of valued(heard)) expect(tag).toBe(`r${value}`);
    const { troubles } = await status(source, "degraded");
    expect(troubles).toMatchObject([{ part: "unit 2", tags: ["absent"] }]);
    expect(source.counters?.().losses).toBe(0);
  });
});
