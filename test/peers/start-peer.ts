import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { freePort } from "../free-port.ts";
import { type PeerName, peerPrograms } from "./peer-programs.ts";

/** A server that this project did not write, in a process of its own. */
export interface Peer {
  readonly port: number;
  /** Ends it like a power cut. */
  kill(): Promise<void>;
  /** Kills it, if it still runs, and starts it anew on the same port. */
  restart(): Promise<void>;
  /** Stops it in the middle of whatever it does; its sockets stay open. */
  freeze(): void;
  thaw(): void;
}

/** Other processes look for free ports at the same time, so the one that was free may be taken. */
const ATTEMPTS = 5;

/**
 * Starts a server on a free port of 127.0.0.1, waits until it can be asked, and kills it after the test.
 *
 * @param args makes the arguments of the program, see the comment at the head of its source
 */
export async function startPeer(
  name: PeerName,
  args: (port: number) => readonly (string | number)[],
): Promise<Peer> {
  const peer = await launchPeer(name, args);
  onTestFinished(() => peer.kill());
  return peer;
}

/** The same for `beforeAll`: whoever calls it kills the server. */
export async function launchPeer(
  name: PeerName,
  args: (port: number) => readonly (string | number)[],
): Promise<Peer> {
  const [program, ...first] = peerPrograms[name]();
  const start = (port: number) => startProcess(program, [...first, ...args(port).map(String)]);
  let port = 0;
  let running = await untilStarted(async () => {
    port = await freePort();
    return start(port);
  });
  const kill = () => endProcess(running);
  return {
    port,
    kill,
    async restart() {
      await kill();
      running = await untilStarted(() => start(port));
    },
    freeze: () => running.kill("SIGSTOP"),
    thaw: () => running.kill("SIGCONT"),
  };
}

async function untilStarted(start: () => Promise<ChildProcess>): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (cause) {
      if (attempt === ATTEMPTS) throw cause;
      await sleep(100 * attempt);
    }
  }
}

async function startProcess(program: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ready = new Promise<ChildProcess>((resolve, reject) => {
    createInterface(child.stdout).on("line", (line) => {
      if (line === "ready") resolve(child);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(new Error(`${program} ${args.join(" ")} ended (${code ?? signal}): ${complaint}`));
    });
  });
  return ready;
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL"); // also ends a frozen one
  await ended;
}
