import modbus from "modbus-serial";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSkid, type Skid, type SkidTagName } from "../../src/simulator/index.ts";
import { MODBUS_EXTRA_TAGS, MODBUS_TAGS, takeModbusImage } from "../../src/simulator/modbus-map.ts";
import { type ModbusServer, serveModbus } from "../../src/simulator/modbus-server.ts";

let skid: Skid;
let server: ModbusServer;
let client: InstanceType<typeof modbus.default>;

beforeEach(async () => {
  skid = createSkid();
  server = await serveModbus("127.0.0.1", 0, () => takeModbusImage(skid));
  client = new modbus.default();
  client.setTimeout(5000);
  await client.connectTCP("127.0.0.1", { port: server.port });
  client.setID(1);
});

afterEach(async () => {
  client.destroy(() => {});
  await server.close();
});

function reading(name: SkidTagName): number {
  return skid.readings.find(({ tag }) => tag === name)?.value ?? Number.NaN;
}

function entry(name: string) {
  const found = [...MODBUS_TAGS, ...MODBUS_EXTRA_TAGS].find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`the map has no ${name}`);
  return found;
}

async function readFloat(name: SkidTagName): Promise<number> {
  const { buffer } = await client.readHoldingRegisters(entry(name).address, 2);
  return buffer.readFloatBE(0);
}

async function readScaled(name: string): Promise<number> {
  const { address, scale = 1 } = entry(name);
  const { buffer } = await client.readInputRegisters(address, 1);
  return buffer.readInt16BE(0) * scale;
}

describe("the Modbus server of the simulator", () => {
  it("serves every tag as float32 in holding registers, where its map says", async () => {
    skid.advance(1000);
    const { buffer } = await client.readHoldingRegisters(0, 2 * skid.tags.length);
    for (const { name, address, unit, range } of MODBUS_TAGS) {
      expect(buffer.readFloatBE(2 * address), name).toBe(Math.fround(reading(name as SkidTagName)));
      expect(skid.tags).toContainEqual({ name, unit, range });
    }
  });

  it("serves some tags as scaled integers too, as precise as their scale", async () => {
    const scaled = MODBUS_EXTRA_TAGS.filter(({ type }) => type === "int16");
    expect(scaled.length).toBeGreaterThan(3);
    for (const { name, scale = 1 } of scaled) {
      const difference =
        (await readScaled(name)) - reading(name.replace("Scaled", "") as SkidTagName);
      expect(Math.abs(difference), name).toBeLessThanOrEqual(scale / 2 + 1e-9);
    }
  });

  it("counts the revolutions of the shaft", async () => {
    skid.advance(60_000);
    const { buffer } = await client.readInputRegisters(entry("revolutions").address, 2);
    // Around 2700 rpm for a minute.
    expect(buffer.readUInt32BE(0)).toBeGreaterThan(2400);
    expect(buffer.readUInt32BE(0)).toBeLessThan(3000);
  });

  it("tells whether the skid runs and whether it is in danger", async () => {
    const bits = async () => [
      (await client.readCoils(entry("running").address, 1)).data[0],
      (await client.readDiscreteInputs(entry("alarm").address, 1)).data[0],
    ];
    expect(await bits()).toEqual([true, false]);
    skid.inject("cavitation", 1.5);
    skid.advance(10_000);
    expect(await bits()).toEqual([true, true]);
  });

  it("shows a dropout as NaN in float32 and as -32768 in int16", async () => {
    skid.inject("dropout", 1, { tag: "dischargePressure" });
    skid.advance(20);
    expect(await readFloat("dischargePressure")).toBeNaN();
    const { buffer } = await client.readInputRegisters(entry("dischargePressureScaled").address, 1);
    expect(buffer.readInt16BE(0)).toBe(-32_768);
    expect(await readFloat("flow")).toBeCloseTo(reading("flow"), 4);
  });

  it("gives exception 2 outside its map, also for a block that only ends outside", async () => {
    const end = 2 * skid.tags.length;
    const illegalAddress = { modbusCode: 2 };
    await expect(client.readHoldingRegisters(end, 1)).rejects.toMatchObject(illegalAddress);
    await expect(client.readHoldingRegisters(end - 2, 4)).rejects.toMatchObject(illegalAddress);
    await expect(client.readInputRegisters(500, 1)).rejects.toMatchObject(illegalAddress);
    await expect(client.readCoils(1, 1)).rejects.toMatchObject(illegalAddress);
    await expect(client.readDiscreteInputs(1, 1)).rejects.toMatchObject(illegalAddress);
  });

  it("answers a write with exception 1 instead of silence", async () => {
    await expect(client.writeRegister(0, 1)).rejects.toMatchObject({ modbusCode: 1 });
    await expect(client.writeRegisters(0, [1, 2])).rejects.toMatchObject({ modbusCode: 1 });
    await expect(client.writeCoil(0, false)).rejects.toMatchObject({ modbusCode: 1 });
  });

  it("says which port is taken", async () => {
    await expect(
      serveModbus("127.0.0.1", server.port, () => takeModbusImage(skid)),
    ).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(`127.0.0.1:${server.port}`),
    });
  });
});
