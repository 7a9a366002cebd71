import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { compilePeer } from "./compile-peer.ts";
import { open62541Server } from "./open62541-server.ts";

export type PeerName = "pymodbus" | "libmodbus" | "open62541";

/** Debian's own Python has Debian's packages; another one in the PATH has not. */
const python = "/usr/bin/python3";
const pymodbusServer = join(import.meta.dirname, "pymodbus-server.py");

/**
 * Gives the command line of each server, without its arguments; throws when something for it is not installed.
 *
 * A server prints the line `ready` once it can be asked.
 */
export const peerPrograms: Readonly<Record<PeerName, () => readonly [string, ...string[]]>> = {
  pymodbus() {
    execFileSync(python, [pymodbusServer, "check"], { stdio: ["ignore", "ignore", "pipe"] });
    return [python, pymodbusServer];
  },
  libmodbus: () => [compilePeer("libmodbus-server", ["modbus"])],
  open62541: open62541Server,
};
