import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";
import { tsFlags } from "../node-flags.ts";
import { type BreakableLine, breakableLine } from "../sources/opcua/breakable-line.ts";
import type { Served } from "./served-log.ts";

/** What can be done to a server and its line. */
export const TORMENTS = ["kill", "freeze", "cut", "silence"] as const;
export type Torment = (typeof TORMENTS)[number];

/** A server in a process of its own, behind a line that can be cut. */
export interface TormentedServer {
  /** Where clients connect. */
  readonly port: number;
  /** Everything that it gave away, over all its runs. */
  readonly served: readonly Served[];
  /** Does it, and undoes it after `forMs`. */
  torment(how: Torment, forMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the script with its port, the number of its run, and `words`. */
export async function tormentedServer(
  script: string,
  ...words: readonly string[]
): Promise<TormentedServer> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const port = await freePort();
  const served: Served[] = [];
  let run = 0;
  let child: ChildProcess;

  const start = async (): Promise<void> => {
    run += 1;
    const started = spawn(
      process.execPath,
      [...tsFlags, path, String(port), String(run), ...words],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    child = started;
    const ready = Promise.withResolvers<void>();
    createInterface(started.stdout).on("line", (line) => {
      if (line === "ready") ready.resolve();
      else if (line.startsWith('["')) served.push(JSON.parse(line) as Served);
    });
    await ready.promise;
  };
  const kill = async (): Promise<void> => {
    const gone = once(child, "close"); // with everything that it has printed
    child.kill("SIGKILL");
    await gone;
  };

  await start();
  const line: BreakableLine = await breakableLine(port);
  const how: Record<Torment, (forMs: number) => Promise<void>> = {
    async kill(forMs) {
      await kill();
      await pause(forMs);
      await start();
    },
    async freeze(forMs) {
      child.kill("SIGSTOP");
      await pause(forMs);
      child.kill("SIGCONT");
    },
    async cut(forMs) {
      await line.cut();
      await pause(forMs);
      await line.mend();
    },
    async silence(forMs) {
      line.silence();
      await pause(forMs);
      line.resume();
    },
  };
  return {
    port: line.port,
    served,
    torment: (kind, forMs) => how[kind](forMs),
    async stop() {
      await line.cut();
      await kill();
    },
  };
}
