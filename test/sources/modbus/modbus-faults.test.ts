import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ModbusTag, modbusSource } from "../../../src/sources/modbus/index.ts";
import { firstReadings, hear, patience, status, untilFailure } from "../hearing.ts";
import { answer, type NastyDevice, nastyDevice as startNastyDevice } from "./nasty-device.ts";

const quick = { host: "127.0.0.1", pollMs: 10, retryFirstMs: 10, retryMaxMs: 50 };
const counter: ModbusTag = { name: "counter", table: "holding", address: 7, type: "uint16" };

async function nastyDevice(
  onRequest: (request: Buffer, socket: Socket, connection: number) => void,
): Promise<NastyDevice> {
  const started = await startNastyDevice(onRequest);
  onTestFinished(() => started.stop());
  return started;
}

describe("modbus source before a device that misbehaves", () => {
  it("drops a silent device after three unanswered requests and says who was asked for what", async () => {
    const silent = await nastyDevice(() => {});
    const source = modbusSource({ ...quick, port: silent.port, tags: [counter], timeoutMs: 200 });
    hear(source);
    await expect.poll(() => silent.connections(), patience).toBeGreaterThan(1);
    const { error } = await status(source, "silent");
    expect(error).toMatchObject({ code: "SOURCE_UNREACHABLE", retryable: true });
    expect(error?.message).toContain(
      "unit 1, function 3 (holding), address 7, count 1: no answer within 200 ms",
    );
  });

  it("recovers from garbage with a new connection", async () => {
    const served = await nastyDevice((request, socket, connection) => {
      if (connection === 1) socket.write(Buffer.alloc(64, 0xa5));
      else socket.write(answer(request, 11));
    });
    const source = modbusSource({ ...quick, port: served.port, tags: [counter], timeoutMs: 100 });
    const heard = hear(source);
    await status(source, "live");
    expect(
      heard.filter(({ quality }) => quality === "good").every(({ value }) => value === 11),
    ).toBe(true);
  });

  it.each([
    ["too short", (request: Buffer) => answer(request, 1).subarray(0, 9)],
    ["a lying byte count", (request: Buffer) => Object.assign(answer(request, 1), { 8: 0 })],
    ["another function", (request: Buffer) => Object.assign(answer(request, 1), { 7: 4 })],
    ["another unit", (request: Buffer) => Object.assign(answer(request, 1), { 6: 9 })],
    ["another transaction", (request: Buffer) => Object.assign(answer(request, 1), { 1: 77 })],
  ])("never takes an answer that is wrong (%s) for a value", async (_what, reply) => {
    let wrong = 0;
    const served = await nastyDevice((request, socket, connection) => {
      wrong += connection < 3 ? 1 : 0;
      socket.write(connection < 3 ? reply(request) : answer(request, 11));
    });
    const source = modbusSource({ ...quick, port: served.port, tags: [counter], timeoutMs: 100 });
    const heard = hear(source);
    await status(source, "live");
    expect(wrong).toBeGreaterThan(0);
    expect(
      heard.filter(({ quality }) => quality === "good").every(({ value }) => value === 11),
    ).toBe(true);
  });

  it("never takes a late answer for the answer to another request", async () => {
    // Address 7 is answered late, when address 9 has already been asked for; the value tells what it belongs to.
    const served = await nastyDevice((request, socket) => {
      const address = request.readUInt16BE(8);
      setTimeout(() => socket.write(answer(request, address)), address === 7 ? 150 : 0);
    });
    const other: ModbusTag = { ...counter, name: "other", address: 9 };
    const source = modbusSource({
      ...quick,
      port: served.port,
      tags: [counter, other],
      maxGap: 0,
      timeoutMs: 100,
    });
    const heard = hear(source);
    await expect.poll(() => heard.length, patience).toBeGreaterThan(12);
    expect(heard.some(({ tag, quality }) => tag === "other" && quality === "good")).toBe(true);
    for (const { tag, quality, value } of heard) {
      if (quality === "good") expect(value).toBe(tag === "other" ? 9 : 7);
    }
  });

  it("asks one thing at a time and skips polls that a slow device has no time for", async () => {
    let pending = 0;
    let most = 0;
    let asked = 0;
    const served = await nastyDevice((request, socket) => {
      pending += request.length / 12;
      asked += 1;
      most = Math.max(most, pending);
      setTimeout(() => {
        pending -= 1;
        socket.write(answer(request, asked));
      }, 60);
    });
    const source = modbusSource({
      ...quick,
      port: served.port,
      tags: [counter, { ...counter, name: "other", address: 9 }],
      maxGap: 0,
      timeoutMs: 5000,
    });
    await firstReadings(source, 6);
    expect(most).toBe(1);
    expect(asked).toBeLessThanOrEqual(7);
  });

  it("notices at once that the device hung up in the middle of a request", async () => {
    const served = await nastyDevice((_request, socket) => socket.end());
    const source = modbusSource({
      ...quick,
      port: served.port,
      tags: [counter],
      timeoutMs: 600_000,
    });
    hear(source);
    const { error } = await status(source, "silent");
    expect(error?.message).toContain("the device closed the connection");
  });

  it("fails after giveUpAfterMs with what was tried on a port where nobody listens", async () => {
    const served = await nastyDevice(() => {});
    served.stop();
    const source = modbusSource({
      ...quick,
      port: served.port,
      tags: [counter],
      giveUpAfterMs: 200,
    });
    const failure = untilFailure(source);
    await expect(failure).rejects.toMatchObject({
      name: "GatewayError",
      code: "SOURCE_UNREACHABLE",
      retryable: true,
      message: expect.stringMatching(
        new RegExp(
          `gave up after 200 ms and \\d+ failed attempts: modbus 127.0.0.1:${served.port}: .*ECONNREFUSED`,
        ),
      ),
      hint: "Check host and port, and that the device is on and allows another connection.",
    });
    expect((await status(source, "failed")).error?.code).toBe("SOURCE_UNREACHABLE");
  });

  it("hangs up while a request is pending when nobody listens any more", async () => {
    let asked = 0;
    const served = await nastyDevice(() => {
      asked += 1;
    });
    const source = modbusSource({
      ...quick,
      port: served.port,
      tags: [counter],
      timeoutMs: 600_000,
    });
    const subscription = source.readings.subscribe();
    await expect.poll(() => asked, patience).toBe(1);
    subscription.unsubscribe();
    await expect.poll(() => served.open(), patience).toBe(0);
  });
});
