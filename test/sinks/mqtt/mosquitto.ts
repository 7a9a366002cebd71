import { type ChildProcess, spawn } from "node:child_process";
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import mqtt from "mqtt";
import { onTestFinished } from "vitest";
import { freePort } from "../../free-port.ts";
import { tempFolder } from "../../temp-folder.ts";
import type { Arrival } from "./aedes-broker.ts";

/** Debian puts servers where only root looks for programs. */
const program = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"].find(
  (path) => existsSync(path),
);

/**
 * Why tests against mosquitto cannot run here, said on the console; undefined when they can. With `PEERS_REQUIRED` in the environment
 * nothing is skipped.
 */
export function mosquittoSkipReason(): string | undefined {
  if (program !== undefined) return undefined;
  const reason = "skipped: mosquitto cannot run here. On Debian: apt-get install mosquitto";
  if (process.env["PEERS_REQUIRED"]) throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return reason;
}

/** A broker that this project did not write, in a process of its own; it speaks MQTT 3.1.1 and 5. */
export interface Mosquitto {
  readonly url: string;
  readonly port: number;
  /** Ends it like a power cut. */
  kill(): Promise<void>;
  /** Starts it anew, on the same port and with nothing left of what it had. */
  start(): Promise<void>;
  /** Stops it in the middle of whatever it does; its sockets stay open. */
  freeze(): void;
  thaw(): void;
}

export interface MosquittoOptions {
  /** Lines of its configuration, beside the listener. */
  readonly settings?: readonly string[];
  /** Passwords by user, where nobody else may in. */
  readonly logins?: Readonly<Record<string, string>>;
  /** What users may do. */
  readonly acl?: string;
}

/** Starts mosquitto on a free port of 127.0.0.1 and kills it after the test. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = tempFolder();
  const config = join(folder, "mosquitto.conf");
  const { settings = [], logins = {}, acl } = options;
  const isOpen = Object.keys(logins).length === 0;
  const lines = [...settings, `allow_anonymous ${isOpen}`, "persistence false"];
  // It would drop the rights of root, and could not read the folder then.
  lines.push("user root", "log_dest stderr");
  if (!isOpen) {
    const passwords = join(folder, "passwords");
    const entries = Object.entries(logins).map((login) => `${passwordLine(...login)}\n`);
    writeFileSync(passwords, entries.join(""), { mode: 0o600 });
    lines.push(`password_file ${passwords}`);
  }
  if (acl !== undefined) {
    writeFileSync(join(folder, "acl"), acl, { mode: 0o600 });
    lines.push(`acl_file ${join(folder, "acl")}`);
  }
  const port = await freePort();
  writeFileSync(config, [`listener ${port} 127.0.0.1`, ...lines, ""].join("\n"));

  let running: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, "exit");
    running.kill("SIGKILL");
    await ended;
  };
  const start = async (): Promise<void> => {
    running = await launch(config, port);
  };
  onTestFinished(kill);
  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    kill,
    start,
    freeze: () => void running?.kill("SIGSTOP"),
    thaw: () => void running?.kill("SIGCONT"),
  };
}

/** As `mosquitto_passwd` writes it: PBKDF2 with SHA-512. */
function passwordLine(user: string, password: string): string {
  const [rounds, salt] = [101, randomBytes(12)];
  const hash = pbkdf2Sync(password, salt, rounds, 64, "sha512");
  return `${user}:$7$${rounds}$${salt.toString("base64")}$${hash.toString("base64")}`;
}

async function launch(config: string, port: number): Promise<ChildProcess> {
  if (program === undefined) throw new Error("mosquitto is not installed");
  const child = spawn(program, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (text) => {
    complaint = (complaint + text).slice(-2000);
  });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) break;
    if (await answers(port)) return child;
    await sleep(50);
  }
  throw new Error(`mosquitto did not start: ${complaint}`);
}

async function answers(port: number): Promise<boolean> {
  const socket = dial(port, "127.0.0.1");
  const result = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return result;
}

/** Somebody else at the broker, who hears everything. */
export interface Listener {
  readonly arrivals: readonly (Arrival & { readonly properties: object | undefined })[];
  publish(topic: string, payload: string | Buffer): Promise<unknown>;
}

/** Subscribes to all topics with QoS 1; comes back when the broker does. */
export async function listen(
  url: string,
  topic: string = "#",
  login: { readonly username?: string; readonly password?: string } = {},
): Promise<Listener> {
  const arrivals: (Arrival & { readonly properties: object | undefined })[] = [];
  const client = await mqtt.connectAsync(url, {
    ...login,
    protocolVersion: 5,
    reconnectPeriod: 100,
  });
  onTestFinished(() => void client.end(true));
  client.on("error", () => {});
  client.on("message", (from, payload, { qos, retain, properties }) => {
    arrivals.push({ topic: from, payload, qos, retain, properties });
  });
  await client.subscribeAsync(topic, { qos: 1 });
  return { arrivals, publish: (to, payload) => client.publishAsync(to, payload, { qos: 1 }) };
}
