import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const python = "/usr/bin/python3"; // Debian's, which has python3-torch
const script = fileURLToPath(new URL("torch-epochs.py", import.meta.url));

/** A network in PyTorch that can be trained for one epoch at a time. */
export interface TorchEpochs {
  /** Trains for one epoch and gives its seconds, without those of starting Python. */
  train(): Promise<number>;
  close(): void;
}

export function hasTorch(): boolean {
  return spawnSync(python, ["-c", "import torch"]).status === 0;
}

export async function openTorch(
  threads: number,
  rows: number,
  batch: number,
): Promise<TorchEpochs> {
  const words = [threads, rows, batch].map(String);
  const process = spawn(python, [script, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(process.stdout);
  await once(lines, "line");
  return {
    async train() {
      process.stdin.write("epoch\n");
      const [seconds] = await once(lines, "line");
      return Number(seconds);
    },
    close: () => process.stdin.end(),
  };
}
