import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import type { Socket } from "node:net";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ModbusClient, ModbusLine } from "../../../../src/sources/modbus/modbus-client.ts";
import { withChecksum } from "../../../../src/sources/modbus/wire/rtu-frame.ts";
import { rtuFraming } from "../../../../src/sources/modbus/wire/rtu-framing.ts";
import { answer, nastyDevice } from "../nasty-device.ts";
import { connected } from "./connected-client.ts";
import { rtuAnswer } from "./late-bus.ts";

const host = "127.0.0.1";
const silence = { code: "ETIMEDOUT" };

function holding(client: ModbusClient, address: number, timeoutMs = 150, count = 1) {
  return client.read({ unitId: 1, table: "holding", address, count }, timeoutMs);
}

/** A device that does something else with its first request, and answers all others. */
async function brokenOnce(
  protocol: "tcp" | "rtu-over-tcp",
  first: (request: Buffer, socket: Socket) => void,
): Promise<ModbusClient> {
  let asked = 0;
  const device = await nastyDevice((request, socket) => {
    asked += 1;
    if (asked === 1) first(request, socket);
    else if (protocol === "tcp") socket.write(answer(request, request.readUInt16BE(8)));
    else socket.write(rtuAnswer(request));
  });
  onTestFinished(() => device.stop());
  return connected({ protocol, host, port: device.port });
}

/** 7 as the value of whatever was asked for, with some bytes put elsewhere. */
const damaged = (change: Readonly<Record<number, number>>) => (request: Buffer) =>
  Object.assign(answer(request, 7), change) as Buffer;

describe("over TCP", () => {
  it.each([
    ["another transaction", damaged({ 1: 77 })],
    ["another unit", damaged({ 6: 9 })],
    ["another function", damaged({ 7: 4 })],
    ["a lying byte count", damaged({ 8: 4 })],
    ["an exception of another unit", (request: Buffer) => exceptionOf(request, 9)],
    ["half an answer", (request: Buffer) => answer(request, 7).subarray(0, 9)],
    ["an answer with more values", (request: Buffer) => wide(request)],
  ])("takes %s for no answer", async (_what, reply) => {
    const client = await brokenOnce("tcp", (request, socket) => socket.write(reply(request)));
    await expect(holding(client, 5)).rejects.toMatchObject(silence);
  });

  it("puts an answer together that comes in pieces", async () => {
    const client = await brokenOnce("tcp", (request, socket) => {
      socket.setNoDelay();
      const reply = answer(request, 7);
      let sent = 0;
      const timer = setInterval(() => {
        socket.write(reply.subarray(sent, sent + 1));
        sent += 1;
        if (sent === reply.length) clearInterval(timer);
      }, 2);
    });
    expect(await holding(client, 5, 10_000)).toEqual([7]);
  });

  it("counts transactions to 65,536, so that an answer must be that many requests late to be taken for another", async () => {
    const seen = new Set<number>();
    const device = await nastyDevice((request, socket) => {
      seen.add(request.readUInt16BE(0));
      socket.write(answer(request, 1));
    });
    onTestFinished(() => device.stop());
    const client = await connected({ protocol: "tcp", host, port: device.port });
    for (let i = 0; i < 300; i += 1) await holding(client, 5, 10_000);
    expect(seen.size).toBe(300);
  });

  it("refuses a second read while the first one is under way", async () => {
    const client = await brokenOnce("tcp", () => {});
    const first = expect(holding(client, 5)).rejects.toMatchObject(silence);
    await expect(holding(client, 6)).rejects.toThrow("one read at a time");
    await first;
  });

  it("tells a pending read and every later one that it was closed", async () => {
    const client = await brokenOnce("tcp", () => {});
    const pending = expect(holding(client, 5, 600_000)).rejects.toThrow("closed");
    client.close();
    await pending;
    await expect(holding(client, 5)).rejects.toThrow("closed");
  });

  it("says that nobody listens", async () => {
    const device = await nastyDevice(() => {});
    device.stop();
    await expect(connected({ protocol: "tcp", host, port: device.port })).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });
});

describe("over RTU through a converter", () => {
  it.each([
    ["noise before", (frame: Buffer) => Buffer.concat([Buffer.from([1, 3, 0, 255, 0x83]), frame])],
    [
      "the echo of the request before",
      (frame: Buffer, request: Buffer) => Buffer.concat([request, frame]),
    ],
    ["noise behind", (frame: Buffer) => Buffer.concat([frame, Buffer.from([1, 3, 2, 0])])],
  ])("finds an answer with %s", async (_what, wrap) => {
    const client = await brokenOnce("rtu-over-tcp", (request, socket) => {
      socket.write(wrap(rtuAnswer(request), request));
    });
    expect(await holding(client, 5, 10_000)).toEqual([5]);
    expect(await holding(client, 6, 10_000)).toEqual([6]);
  });

  it.each([
    ["a wrong checksum", (frame: Buffer) => Object.assign(frame, { 4: 99 })],
    ["half an answer", (frame: Buffer) => frame.subarray(0, 4)],
    ["noise alone", () => Buffer.alloc(300, 0x83)],
    [
      "another unit",
      (frame: Buffer) => withChecksum(Object.assign(frame.subarray(0, -2), { 0: 9 })),
    ],
  ])("takes %s for no answer, and recovers", async (_what, damage) => {
    const client = await brokenOnce("rtu-over-tcp", (request, socket) => {
      socket.write(damage(rtuAnswer(request)));
    });
    await expect(holding(client, 5)).rejects.toMatchObject(silence);
    expect(await holding(client, 6, 10_000)).toEqual([6]);
  });

  it("does not take the echo of a request for bits for their values", async () => {
    // Function 1, address 0x0310, count 17: the echo has the shape of an answer with 3 bytes.
    const device = await nastyDevice((request, socket) => {
      const isChecked = request.readUInt8(5) !== 17;
      socket.write(isChecked ? withChecksum(Buffer.from([1, 1, 1, 0])) : request);
    });
    onTestFinished(() => device.stop());
    const client = await connected({ protocol: "rtu-over-tcp", host, port: device.port });
    const bits = { unitId: 1, table: "coil", address: 0x0310, count: 17 } as const;
    await expect(client.read(bits, 500)).rejects.toMatchObject(silence);
  });

  it("keeps an answer together whose values look like another unit's answer", () => {
    const framing = rtuFraming();
    framing.wrap(withChecksum(Buffer.from([1, 3, 0, 0, 0, 4])));
    const inner = withChecksum(Buffer.from([9, 0x83, 2]));
    const frame = withChecksum(Buffer.from([1, 3, 8, ...inner, 0, 0, 0]));
    expect(framing.unwrap(frame.subarray(0, 10))).toEqual([]);
    expect(framing.unwrap(frame.subarray(10))).toEqual([frame]);
  });

  it("finds an answer between noise, in whatever pieces it comes", () => {
    // No byte of the noise is a function code, so no chance makes it a frame.
    const noise = fc.array(
      fc.integer({ min: 0x10, max: 0xff }).filter((byte) => byte < 0x80 || byte > 0x8f),
      { maxLength: 40 },
    );
    const question = fc.record({
      address: fc.nat(65_000),
      count: fc.integer({ min: 1, max: 125 }),
    });
    const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(noise, question, noise, sizes, (before, { address, count }, after, pieces) => {
        const content = Buffer.from([17, 3, 0, 0, 0, count]);
        content.writeUInt16BE(address, 2);
        const request = withChecksum(content);
        const stream = Buffer.concat([Buffer.from(before), rtuAnswer(request), Buffer.from(after)]);
        const framing = rtuFraming();
        framing.wrap(request);
        const found: Buffer[] = [];
        for (let start = 0; start < stream.length; ) {
          const end = start + (pieces.next().value as number);
          found.push(...framing.unwrap(stream.subarray(start, end)));
          start = end;
        }
        expect(found).toEqual([rtuAnswer(request)]);
      }),
    );
  });
});

describe("over UDP", () => {
  async function server(reply: (request: Buffer, from: RemoteInfo) => readonly Buffer[]) {
    const socket = createSocket("udp4");
    socket.on("message", (request, from) => {
      for (const datagram of reply(request, from)) socket.send(datagram, from.port, from.address);
    });
    socket.bind(0, host);
    await once(socket, "listening");
    onTestFinished(async () => {
      socket.close();
    });
    const { port } = socket.address();
    return { protocol: "udp", host: "localhost", port } as const satisfies ModbusLine;
  }

  it.each([
    ["another transaction", damaged({ 1: 77 })],
    ["another unit", damaged({ 6: 9 })],
    ["an exception of another unit", (request: Buffer) => exceptionOf(request, 9)],
    ["half a datagram", (request: Buffer) => answer(request, 7).subarray(0, 9)],
    [
      "a datagram with something behind",
      (request: Buffer) => Buffer.concat([answer(request, 7), Buffer.alloc(3)]),
    ],
    ["noise", () => Buffer.alloc(64, 0xff)],
  ])("takes %s for no answer, and reads on", async (_what, reply) => {
    let asked = 0;
    const line = await server((request) => {
      asked += 1;
      return asked === 1 ? [reply(request)] : [answer(request, 11)];
    });
    const client = await connected(line);
    await expect(holding(client, 5)).rejects.toMatchObject(silence);
    expect(await holding(client, 5, 10_000)).toEqual([11]);
  });

  it("takes each answer once, and late ones for nothing", async () => {
    const earlier: Buffer[] = [];
    const line = await server((request) => {
      const reply = answer(request, request.readUInt16BE(8));
      earlier.push(reply);
      return [...earlier, reply];
    });
    const client = await connected(line);
    for (const address of [5, 6, 7])
      expect(await holding(client, address, 10_000)).toEqual([address]);
  });

  it("takes nothing from anybody else", async () => {
    const stranger = createSocket("udp4");
    onTestFinished(async () => {
      stranger.close();
    });
    const line = await server((request, from) => {
      stranger.send(answer(request, 666), from.port, from.address);
      return [];
    });
    await expect(holding(await connected(line), 5)).rejects.toMatchObject(silence);
  });

  it("notices a host that is up where nobody listens", async () => {
    const line = await server(() => []);
    const gone = createSocket("udp4").bind(0, host);
    await once(gone, "listening");
    const { port } = gone.address();
    gone.close();
    await once(gone, "close");
    const client = await connected({ ...line, port });
    await expect(holding(client, 5, 600_000)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

function exceptionOf(request: Buffer, unitId: number): Buffer {
  return Buffer.from([...request.subarray(0, 4), 0, 3, unitId, request.readUInt8(7) | 0x80, 2]);
}

/** Two registers where one was asked for. */
function wide(request: Buffer): Buffer {
  return Buffer.from([...request.subarray(0, 4), 0, 7, 1, request.readUInt8(7), 4, 0, 7, 0, 8]);
}
