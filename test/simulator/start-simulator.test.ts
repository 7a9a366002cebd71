import { once } from "node:events";
import { connect, createServer } from "node:net";
import modbus from "modbus-serial";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../src/simulator/index.ts";
import { withSession } from "./opcua-client.ts";

let running: Simulator[] = [];

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  running.push(simulator);
  return simulator;
}

afterEach(async () => {
  await Promise.all(running.map((simulator) => simulator.stop()));
  running = [];
});

/** Resolves once `port` can be bound, and fails if it cannot. */
async function bind(port: number): Promise<void> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  server.close();
  await once(server, "close");
}

describe("startSimulator", () => {
  it("serves the same skid over both protocols, on the ports it says", async () => {
    const simulator = await start();
    expect(simulator.modbusUrl).toBe(`modbus-tcp://127.0.0.1:${simulator.modbusPort}`);
    expect(simulator.opcuaUrl).toBe(`opc.tcp://127.0.0.1:${simulator.opcuaPort}`);
    simulator.inject("stuck", 1, { tag: "motorSpeed" });

    const client = new modbus.default();
    client.setTimeout(5000);
    await client.connectTCP("127.0.0.1", { port: simulator.modbusPort });
    const { buffer } = await client.readHoldingRegisters(0, 2);
    client.destroy(() => {});
    const overOpcua = await withSession(simulator.opcuaUrl, async (session) => {
      const { value } = await session.read({ nodeId: simulator.opcuaTags[0]?.nodeId as string });
      return value.value as number;
    });
    expect(buffer.readFloatBE(0)).toBe(Math.fround(overOpcua));
  });

  it("maps every tag for both protocols, under names that are unique", async () => {
    const simulator = await start();
    const names = simulator.tags.map(({ name }) => name);
    expect(simulator.modbusTags.map(({ name }) => name)).toEqual(names);
    expect(simulator.opcuaTags.map(({ name }) => name)).toEqual(names);
    const onModbus = [...simulator.modbusTags, ...simulator.modbusExtraTags];
    expect(new Set(onModbus.map(({ name }) => name)).size).toBe(onModbus.length);
  });

  it("keeps the time of the wall, times its scale", async () => {
    const simulator = await start({ timeScale: 60 });
    const client = new modbus.default();
    client.setTimeout(5000);
    await client.connectTCP("127.0.0.1", { port: simulator.modbusPort });
    const address = simulator.modbusExtraTags.find(({ name }) => name === "revolutions")?.address;
    const revolutions = async () =>
      (await client.readInputRegisters(address as number, 2)).buffer.readUInt32BE(0);
    const [before, fromMs] = [await revolutions(), performance.now()];
    await vi.waitFor(async () => expect(await revolutions()).toBeGreaterThan(before + 2000), {
      timeout: 20_000,
      interval: 100,
    });
    const [after, toMs] = [await revolutions(), performance.now()];
    client.destroy(() => {});
    const perWallSecond = (after - before) / ((toMs - fromMs) / 1000);
    // About 2700 a minute of skid time, and a minute of skid time takes a second.
    expect(perWallSecond).toBeGreaterThan(1000);
    expect(perWallSecond).toBeLessThan(6000);
  });

  it("breaks and repairs what its schedule says", async () => {
    const simulator = await start({ schedule: [{ kind: "cavitation", atMs: 100, forMs: 1500 }] });
    const kinds = () => simulator.activeFaults.map(({ kind }) => kind);
    await vi.waitFor(() => expect(kinds()).toEqual(["cavitation"]), {
      timeout: 10_000,
      interval: 5,
    });
    await vi.waitFor(() => expect(kinds()).toEqual([]), { timeout: 10_000, interval: 5 });
  });

  it("stops at once although clients are connected, and gives both ports back", async () => {
    const simulator = await start();
    const sockets = [simulator.modbusPort, simulator.opcuaPort].map((port) => connect(port));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    const closed = sockets.map((socket) => once(socket.resume(), "close"));

    const fromMs = performance.now();
    await Promise.all([simulator.stop(), simulator.stop()]);
    expect(performance.now() - fromMs).toBeLessThan(5000);
    await Promise.all(closed);
    await bind(simulator.modbusPort);
    await bind(simulator.opcuaPort);
    await simulator.stop();
  });

  it("gives the Modbus port back when the OPC UA port is taken", async () => {
    const first = await start();
    const spare = createServer().listen(0, "127.0.0.1");
    await once(spare, "listening");
    const { port } = spare.address() as { port: number };
    spare.close();
    await once(spare, "close");
    await expect(
      startSimulator({ modbusPort: port, opcuaPort: first.opcuaPort }),
    ).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await bind(port);
  });

  it.each([
    [{ modbusPort: 70_000 }, /modbusPort .* got 70000/],
    [{ opcuaPort: 1.5 }, /opcuaPort .* got 1.5/],
    [{ timeScale: 0 }, /timeScale .* got 0/],
    [{ timeScale: 5000 }, /timeScale .* at most 1000, got 5000/],
    [{ schedule: [{ kind: "gremlins" as "stuck", atMs: 0 }] }, /no fault "gremlins"/],
  ])("refuses %j", async (options, message) => {
    await expect(startSimulator(options)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
    });
  });
});
