import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { tempFolder } from "../temp-folder.ts";

/** Two serial ports, wired to each other. */
export interface SerialCable {
  readonly ends: readonly [string, string];
  /** Like pulling the adapter out: both ports are gone. */
  unplug(): Promise<void>;
}

/** Makes a pair of pseudo-terminals with socat; gone after the test. */
export async function serialCable(): Promise<SerialCable> {
  const folder = tempFolder();
  const ends = [join(folder, "device"), join(folder, "gateway")] as const;
  const pty = (path: string) => `pty,raw,echo=0,link=${path}`;
  const child = spawn("socat", [pty(ends[0]), pty(ends[1])], { stdio: "ignore" });
  const unplug = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(unplug);
  await expect.poll(() => ends.every(existsSync), { timeout: 20_000 }).toBe(true);
  return { ends, unplug };
}
