import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compilePeer } from "./compile-peer.ts";

/** Where `open62541-fetch.sh` has put the library. */
export const open62541Folder: string =
  process.env["OPEN62541_FOLDER"] ?? join(tmpdir(), "wheeltapper-open62541");

/** The command line of the server, which runs with the C library that came with the stack, a newer one than the system's. */
export function open62541Server(): readonly [string, ...string[]] {
  const usr = join(open62541Folder, "root/usr");
  const folders = readdirSync(join(usr, "lib")).map((name) => join(usr, "lib", name));
  const libraries = folders.find((folder) => existsSync(join(folder, "libopen62541.so"))) ?? "";
  const loader = readdirSync(libraries).find((name) => name.startsWith("ld-linux")) ?? "";
  const program = compilePeer(
    "open62541-server",
    ["open62541", "m"],
    [`-I${join(usr, "include")}`, `-L${libraries}`, "-Wl,--allow-shlib-undefined"],
  );
  return [join(libraries, loader), "--library-path", libraries, program];
}
