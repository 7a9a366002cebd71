import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { filter, firstValueFrom, timeout } from "rxjs";
import { describe, expect, it, onTestFinished } from "vitest";
import { modbusSource } from "../../src/sources/modbus/modbus-source.ts";
import { opcuaSource } from "../../src/sources/opcua/opcua-source.ts";
import { cli, runCli } from "./run-cli.ts";

/** Starts the command and waits until it has printed where it serves. */
async function simulate(
  ...words: readonly string[]
): Promise<{ lines: string[]; stop(): Promise<number> }> {
  const child = spawn(process.execPath, [cli, "simulate", ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const output = createInterface(child.stdout).on("line", (line) => lines.push(line));
  while (!lines.some((line) => line.includes("Ctrl-C"))) await once(output, "line");
  return {
    lines,
    async stop() {
      child.kill("SIGINT");
      const [code] = await once(child, "close");
      return code;
    },
  };
}

const portIn = (lines: readonly string[], scheme: string): number =>
  Number(
    lines
      .find((line) => line.startsWith(scheme))
      ?.split(":")
      .at(-1),
  );

describe("wheeltapper simulate", () => {
  it("serves what it says over both protocols, with the fault that was asked for, until it is interrupted", async () => {
    const { lines, stop } = await simulate(
      "--modbus-port",
      "0",
      "--opcua-port",
      "0",
      "--fault",
      "dropout@0",
      "--seed",
      "3",
    );
    const register =
      lines
        .find((line) => line.includes("flow") && line.includes("holding"))
        ?.trim()
        .split(/\s+/) ?? [];
    const address = Number(register[3]);
    const plc = modbusSource({
      host: "127.0.0.1",
      port: portIn(lines, "modbus-tcp"),
      tags: [{ name: "flow", table: "holding", type: "float32", address }],
    });
    const flow = await firstValueFrom(
      plc.readings.pipe(
        filter(({ quality }) => quality === "good"),
        timeout(20_000),
      ),
    );
    expect(flow.value).toBeGreaterThan(10);

    const nodeId =
      lines
        .find((line) => line.includes("PumpSkid.bearingVibration"))
        ?.trim()
        .split(/\s+/)
        .at(-1) ?? "";
    const server = opcuaSource({
      endpointUrl: `opc.tcp://127.0.0.1:${portIn(lines, "opc.tcp")}`,
      tags: [{ name: "vibration", nodeId }],
    });
    const dropped = await firstValueFrom(
      server.readings.pipe(
        filter(({ statusCode }) => statusCode !== undefined),
        timeout(20_000),
      ),
    );
    expect(dropped).toMatchObject({ quality: "bad", value: Number.NaN });
    expect(await stop()).toBe(0);
  });

  it("shows no default that nobody could type", async () => {
    const { stdout } = await runCli("simulate", "--help");
    expect(stdout).toContain("(default: 5020)");
    expect(stdout).not.toContain("[]");
  });

  it("says which port is taken, with exit code 2", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    onTestFinished(() => void taken.close());
    const port = String((taken.address() as AddressInfo).port);
    const { code, stderr } = await runCli("simulate", "--modbus-port", port, "--opcua-port", "0");
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(port) });
  });
});
