import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { tsFlags } from "../node-flags.ts";

/** A script in a process of its own. */
export interface Child {
  readonly pid: number;
  /** The lines it printed so far; complete once `kill` has resolved. */
  readonly lines: readonly string[];
  /** Writes a line to its standard input. */
  tell(line: string): void;
  /** Resolves when so many lines are there; rejects when the child ends before. */
  printed(count: number): Promise<void>;
  /** Kills it as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a TypeScript file. */
export function startChild(script: URL, ...parameters: readonly string[]): Child {
  const child: ChildProcess = spawn(
    process.execPath,
    [...tsFlags, fileURLToPath(script), ...parameters],
    {
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null)
    throw new Error("the child has no pipes");
  // One that is killed before it has read what it was told is no failure of the test.
  stdin.on("error", () => {});
  const lines: string[] = [];
  let errors = "";
  let progress = gate();
  const wake = (): void => {
    progress.resolve();
    progress = gate();
  };
  stderr.on("data", (text) => {
    errors += String(text);
  });
  createInterface(stdout).on("line", (line) => {
    lines.push(line);
    wake();
  });
  const ended = once(child, "close").then(wake);
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    pid: child.pid ?? 0,
    lines,
    tell: (line) => void stdin.write(`${line}\n`),
    async printed(count) {
      while (lines.length < count) {
        if (child.exitCode !== null) throw new Error(`${script} ended early: ${errors}`);
        await progress.promise;
      }
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function gate(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((open) => {
    resolve = open;
  });
  return { promise, resolve: () => resolve() };
}
