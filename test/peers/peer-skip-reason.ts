import { execFileSync } from "node:child_process";
import { open62541Folder } from "./open62541-server.ts";
import { type PeerName, peerPrograms } from "./peer-programs.ts";

/** What brings it, on Debian. */
const installers = {
  pymodbus: "apt-get install python3-pymodbus python3-serial python3-serial-asyncio",
  libmodbus: "apt-get install gcc libc6-dev libmodbus-dev",
  open62541: `apt-get install gcc libc6-dev; test/peers/open62541-fetch.sh ${open62541Folder}`,
  socat: "apt-get install socat",
} as const;

/**
 * Why tests against these servers cannot run here, said on the console once per file; undefined when they can.
 *
 *     describe.skipIf(peerSkipReason("libmodbus", "socat"))("…", () => {
 *
 * With `PEERS_REQUIRED` in the environment, nothing is skipped: what is missing is an error.
 */
export function peerSkipReason(...needed: readonly (PeerName | "socat")[]): string | undefined {
  const missing = needed.filter((name) => !isThere(name));
  if (missing.length === 0) return undefined;
  const install = missing.map((name) => installers[name]).join("; ");
  const reason = `skipped: ${missing.join(" and ")} cannot run here. On Debian: ${install}`;
  if (process.env["PEERS_REQUIRED"]) throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return reason;
}

function isThere(name: PeerName | "socat"): boolean {
  try {
    if (name === "socat") execFileSync("socat", ["-V"], { stdio: "ignore" });
    else peerPrograms[name]();
    return true;
  } catch {
    return false;
  }
}
