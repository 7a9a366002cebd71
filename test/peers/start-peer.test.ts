import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { peerSkipReason } from "./peer-skip-reason.ts";
import { serialCable } from "./serial-cable.ts";
import { startPeer } from "./start-peer.ts";

/** Asks for holding register `address` with bytes of our own; undefined when nothing comes. */
async function ask(port: number, address: number, waitMs = 5000): Promise<number | undefined> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(Buffer.from([0, 1, 0, 0, 0, 6, 1, 3, 0, address, 0, 1]));
  try {
    const [reply] = (await once(socket, "data", { signal: AbortSignal.timeout(waitMs) })) as [
      Buffer,
    ];
    return reply.readUInt16BE(9);
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

describe.skipIf(peerSkipReason("libmodbus"))("a server in C", () => {
  it("answers, dies, and comes back on the same port", async () => {
    const peer = await startPeer("libmodbus", (port) => ["tcp", port]);
    expect(await ask(peer.port, 17)).toBe(17);
    await peer.kill();
    expect(await ask(peer.port, 17)).toBeUndefined();
    await peer.restart();
    expect(await ask(peer.port, 18)).toBe(18);
  });

  it("is silent while it is frozen", async () => {
    const peer = await startPeer("libmodbus", (port) => ["tcp", port]);
    peer.freeze();
    expect(await ask(peer.port, 17, 300)).toBeUndefined();
    peer.thaw();
    expect(await ask(peer.port, 17)).toBe(17);
  });

  it("says why it did not start", async () => {
    const peer = startPeer("libmodbus", () => ["rtu", "/dev/null/nothing"]);
    await expect(peer).rejects.toThrow(/libmodbus-server.* rtu .*Not a directory/s);
  });
});

describe.skipIf(peerSkipReason("pymodbus"))("a server in Python", () => {
  it("answers", async () => {
    const peer = await startPeer("pymodbus", (port) => ["tcp", port]);
    expect(await ask(peer.port, 17)).toBe(17);
  });
});

describe.skipIf(peerSkipReason("socat"))("a serial cable", () => {
  it("has two ends until it is unplugged", async () => {
    const cable = await serialCable();
    await cable.unplug();
    expect(cable.ends.some(existsSync)).toBe(false);
  });
});
