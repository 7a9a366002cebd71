import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { firstValueFrom, take, timeout, toArray } from "rxjs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/start-simulator.ts";
import { type ModbusTag, modbusSource } from "../../src/sources/modbus/index.ts";
import { peerSkipReason } from "../peers/peer-skip-reason.ts";
import { serialCable } from "../peers/serial-cable.ts";
import { startPeer } from "../peers/start-peer.ts";
import { runCli } from "./run-cli.ts";
import { yamlEntries } from "./yaml-entries.ts";

let skid: Simulator;
beforeAll(async () => {
  skid = await startSimulator({ timeScale: 10 });
}, 120_000);
afterAll(() => skid.stop());

/** Short passes: the skid runs ten times as fast as time. */
const browse = (...words: readonly string[]) =>
  runCli("browse", skid.modbusUrl, "--interval", "300ms", "--timeout", "20s", ...words);

/** Three passes leave the order of a few devices in a hundred unclear. */
const surely = ["--passes", "8"] as const;

describe("wheeltapper browse modbus", { timeout: 120_000 }, () => {
  it("finds every float of the skid, its type and its byte order, and says what is not there", async () => {
    const { code, stdout, stderr } = await browse(
      "--table",
      "holding",
      "--range",
      "0-30",
      ...surely,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { address } of skid.modbusTags) {
      const place = `${address}-${address + 1} +${40_001 + address} +float32 +ABCD`;
      expect(stdout).toMatch(new RegExp(`^${place} `, "m"));
    }
    expect(stdout).toMatch(/^byte order of most values: ABCD \(>?9\d %\)$/m);
    expect(stdout).toContain("not there: 24-30");
    expect(stdout).not.toContain("\u001b"); // colours are for terminals
  });

  it("prints tags that a source reads as they stand", async () => {
    const { code, stdout } = await browse("--yaml", "--range", "0-23", ...surely);
    expect(code).toBe(0);
    const tags = yamlEntries(stdout, "tags") as unknown as ModbusTag[];
    const floats = tags.filter(({ type }) => type === "float32");
    expect(floats.map(({ address }) => address)).toEqual(
      skid.modbusTags.map(({ address }) => address),
    );
    expect(tags).toContainEqual({
      name: "coil0",
      unitId: 1,
      table: "coil",
      address: 0,
      type: "bool",
    });
    const plc = modbusSource({ host: "127.0.0.1", port: skid.modbusPort, tags, timeoutMs: 20_000 });
    const readings = await firstValueFrom(
      plc.readings.pipe(take(tags.length), toArray(), timeout(60_000)),
    );
    expect(readings.map(({ quality }) => quality)).toEqual(tags.map(() => "good"));
  });

  it("gives one JSON object with every guess and how sure it is", async () => {
    const { stdout } = await browse("--json", "--table", "holding", "--range", "14-15", "--all");
    const { kind, units } = JSON.parse(stdout);
    expect(kind).toBe("modbus");
    const [best] = units[0].tables[0].values;
    expect(best).toMatchObject({ address: 14, count: 2, type: "float32", byteOrder: "ABCD" });
    expect(best.probability).toBeGreaterThan(0.9);
    expect(best.values).toHaveLength(3);
    expect(best.or.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(["uint16", "uint32", "float32", "float16"]),
    );
  });

  it("shows a value under every type and byte order", async () => {
    const { stdout } = await browse("--table", "holding", "--range", "14-15", "--all");
    for (const order of ["ABCD", "CDAB", "BADC", "DCBA"]) {
      expect(stdout).toMatch(new RegExp(`^14-15 +40015 +float32 +${order}`, "m"));
      expect(stdout).toMatch(new RegExp(`^14-15 +40015 +u?int32 +${order}`, "m"));
    }
    expect(stdout).toMatch(/^14 +40015 +uint16/m);
  });

  it("reads several units, and names each in the tags", async () => {
    const { stdout } = await browse(
      "--unit",
      "3,5",
      "--table",
      "holding",
      "--range",
      "0-1",
      "--yaml",
    );
    const tags = yamlEntries(stdout, "tags");
    expect(tags.map(({ name, unitId }) => [name, unitId])).toEqual([
      ["unit3.holding0", 3],
      ["unit5.holding0", 5],
    ]);
  });

  it("stops early at a unit that is silent, with exit code 1", async () => {
    const mute = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
    await once(mute, "listening");
    onTestFinished(() => void mute.close());
    const { port } = mute.address() as AddressInfo;
    const url = `modbus-tcp://127.0.0.1:${port}`;
    const { code, stdout, stderr } = await runCli("browse", url, "--timeout", "200ms", "--json");
    expect(code).toBe(1);
    expect(stderr).toContain("no answer within 200 ms");
    expect(JSON.parse(stdout).error.code).toBe("SOURCE_UNREACHABLE");
  });

  it.each([
    ["an address of nothing known", ["plc"], "modbus-tcp://host:502"],
    [
      "an option of the other protocol",
      ["modbus-tcp://plc", "--node", "i=85"],
      "--node means nothing for Modbus",
    ],
    [
      "a range that ends before it begins",
      ["modbus-tcp://plc", "--range", "9-3"],
      "Expected addresses such as 0-99",
    ],
    [
      "more than a gateway can hold",
      ["modbus-tcp://plc", "--range", "0-65535"],
      "10000 addresses at most",
    ],
    ["a unit that cannot be", ["modbus-tcp://plc", "--unit", "256"], "255 at most"],
    [
      "an unknown table",
      ["modbus-tcp://plc", "--table", "registers"],
      "holding, input, coil, discrete",
    ],
    ["two ways to print", ["modbus-tcp://plc", "--json", "--yaml"], "either --json or --yaml"],
    ["a serial port set wrongly", ["modbus-rtu:///dev/ttyS0?parity=x"], "parity"],
  ])("refuses %s with exit code 2", async (_, words, message) => {
    const { code, stderr } = await runCli("browse", ...words);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});

describe.skipIf(peerSkipReason("pymodbus"))(
  "wheeltapper browse of pymodbus",
  { timeout: 120_000 },
  () => {
    it.each([
      ["tcp", "modbus-tcp"],
      ["udp", "modbus-udp"],
      ["rtu-over-tcp", "modbus-rtu-over-tcp"],
    ])(
      "finds over %s where registers are missing, and floats, integers and texts behind the hole",
      async (transport, scheme) => {
        const peer = await startPeer("pymodbus", (port) => [transport, port]);
        const url = `${scheme}://127.0.0.1:${peer.port}`;
        const range = ["--table", "holding", "--range", "190-320", "--interval", "10ms"];
        const { code, stdout } = await runCli("browse", url, ...range, "--timeout", "5s");
        expect(code).toBe(0);
        expect(stdout).toContain("holding 190-199, 300-316");
        expect(stdout).toContain("not there: 200-299, 317-320");
        expect(stdout).toMatch(/^300-301 +40301 +float32 +ABCD +>?\d+ % +123.456 +123.456/m);
        expect(stdout).toMatch(/^302-303 +40303 +float32 +CDAB +>?\d+ % +123.456/m);
        expect(stdout).toMatch(/^304-305 +40305 +float32 +ABCD +>?\d+ % +NaN/m);
        expect(stdout).toMatch(/^313-316 +40314 +text +AB +>?\d+ % +"PUMP-07"/m);
      },
    );
  },
);

describe.skipIf(peerSkipReason("pymodbus", "socat"))("wheeltapper browse of a serial line", () => {
  it("reads what is on it", { timeout: 120_000 }, async () => {
    const [device, gateway] = (await serialCable()).ends;
    await startPeer("pymodbus", () => ["rtu", device]);
    const url = `modbus-rtu://${gateway}?baudRate=19200&parity=none&stopBits=1`;
    const range = ["--table", "holding", "--range", "300-303", "--interval", "10ms"];
    const { code, stdout, stderr } = await runCli("browse", url, ...range, "--timeout", "5s");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^300-301 +40301 +float32 +ABCD +>?\d+ % +123.456/m);
  });
});
