import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { tsFlags } from "../node-flags.ts";

export interface ExampleOptions {
  readonly parameters?: readonly string[];
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is run, and leaves its files. */
  readonly folder: string;
}

/** An example in a process of its own, as a reader runs it. */
export interface RunningExample {
  /** Lines on stdout so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line, printed or still to come, that matches; rejects when the example ends without it. */
  printed(pattern: RegExp): Promise<string>;
  /** Resolves when it has ended by itself. */
  ended(): Promise<{ readonly code: number | null; readonly stderr: string }>;
  /** Presses Ctrl-C. */
  interrupt(): void;
}

/** Starts `examples/<name>.ts`, which uses the built package. */
export function startExample(name: string, options: ExampleOptions): RunningExample {
  const { parameters = [], env = {}, folder } = options;
  const script = fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [...tsFlags, script, ...parameters], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const output = createInterface(child.stdout).on("line", (line) => lines.push(line));
  const stderr = text(child.stderr);
  const closed = once(child, "close");
  const end = closed.then(async () => ({ code: child.exitCode, stderr: await stderr }));
  const ranOut = closed.then(async () => {
    throw new Error(`${name} ended early.\n${lines.join("\n")}\n${await stderr}`);
  });
  ranOut.catch(() => {}); // most examples end when they should

  return {
    lines,
    async printed(pattern) {
      for (;;) {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        await Promise.race([once(output, "line"), ranOut]);
      }
    },
    ended: () => end,
    interrupt: () => void child.kill("SIGINT"),
  };
}
