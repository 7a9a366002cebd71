import { execFileSync } from "node:child_process";
import { cpSync, existsSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { modbusSerialClient } from "../../../../src/sources/modbus/wire/modbus-serial-client.ts";
import { tsFlags } from "../../../node-flags.ts";
import { peerSkipReason } from "../../../peers/peer-skip-reason.ts";
import { serialCable } from "../../../peers/serial-cable.ts";
import { startPeer } from "../../../peers/start-peer.ts";
import { tempFolder } from "../../../temp-folder.ts";
import { connected, serial } from "./connected-client.ts";

const read = { unitId: 1, table: "holding", address: 7, count: 1 } as const;

describe("a serial port", () => {
  it("that is not there is said to be not there", async () => {
    await expect(connected(serial("/dev/ttyNOTHING"))).rejects.toMatchObject({
      code: "ENOENT",
      message: "serial port /dev/ttyNOTHING: there is no such port; is the adapter plugged in?",
    });
  });

  it.skipIf(!existsSync("/sys/kernel/fscaps"))(
    "that this user may not open is said to be so",
    async () => {
      await expect(connected(serial("/sys/kernel/fscaps"))).rejects.toMatchObject({
        code: "EACCES",
        message: expect.stringContaining("no permission"),
      });
    },
  );

  it("that is no serial port is refused with the system's reason", async () => {
    const path = realpathSync(import.meta.filename);
    await expect(connected(serial(path))).rejects.toThrow(`serial port ${path}: `);
  });
});

describe("the package serialport", () => {
  it("is named with the command that installs it when it is missing", () => {
    // It belongs to modbus-serial, but as an optional part, which may be left out.
    const folder = tempFolder();
    const root = join(import.meta.dirname, "../../../..");
    for (const part of [
      "src",
      ...["modbus-serial", "debug", "ms"].map((name) => `node_modules/${name}`),
    ]) {
      cpSync(join(root, part), join(folder, part), { recursive: true });
    }
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const script = `
      import { modbusSerialClient } from "./src/sources/modbus/wire/modbus-serial-client.ts";
      const line = ${JSON.stringify(serial("/dev/null"))};
      const failure = await modbusSerialClient({ line, timeoutMs: 1 }).catch((cause) => cause);
      console.log(JSON.stringify({ code: failure.code, message: failure.message, hint: failure.hint }));
    `;
    const args = [...tsFlags, "--input-type=module", "--eval", script];
    const said = execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    expect(JSON.parse(said)).toEqual({
      code: "DEPENDENCY_MISSING",
      message: "the package serialport is not installed",
      hint: "Run: npm install serialport",
    });
  });
});

describe.skipIf(peerSkipReason("libmodbus", "socat"))("a serial port at a cable", () => {
  it("that another program has open is said to be busy", async () => {
    const { ends } = await serialCable();
    await connected(serial(ends[1]));
    await expect(connected(serial(ends[1]))).rejects.toMatchObject({
      code: "EBUSY",
      message: `serial port ${ends[1]}: another program has it open`,
    });
  });

  it("fails a pending read when the adapter is unplugged, and then every other", async () => {
    const cable = await serialCable();
    const client = await connected(serial(cable.ends[1]));
    const gone = new RegExp(`serial port ${cable.ends[1]} (is gone|failed)`);
    const pending = expect(client.read(read, 600_000)).rejects.toThrow(gone);
    await cable.unplug();
    await pending;
    await expect(client.read(read, 600_000)).rejects.toThrow(gone);
  });

  it("is free for the next client after close, also in the middle of connecting and of a read", async () => {
    const { ends } = await serialCable();
    await startPeer("libmodbus", () => ["rtu", ends[0]]);
    const line = serial(ends[1]);

    const hasty = await modbusSerialClient({ line, timeoutMs: 1000 });
    const connecting = expect(hasty.connect()).rejects.toThrow("closed");
    hasty.close();
    await connecting;

    const reading = await untilConnected(line);
    const pending = expect(reading.read({ ...read, unitId: 9 }, 600_000)).rejects.toThrow("closed");
    reading.close();
    await pending;

    const last = await untilConnected(line);
    expect(await last.read(read, 10_000)).toEqual([7]);
  });

  it("reads with the settings of the specification", async () => {
    const { ends } = await serialCable();
    await startPeer("libmodbus", () => ["rtu", ends[0]]);
    const client = await connected({ ...serial(ends[1]), parity: "even" });
    expect(await client.read(read, 10_000)).toEqual([7]);
  });
});

/** The system takes its time to let go of a port. */
async function untilConnected(line: ReturnType<typeof serial>) {
  return vi.waitFor(() => connected(line), { timeout: 20_000 });
}
