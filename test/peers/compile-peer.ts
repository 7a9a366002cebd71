import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Compiles a C program of this folder, unless that was done before, and gives its path.
 *
 * Test files run in several processes: each compiles under its own name and the last one to finish replaces the others' equal program.
 */
export function compilePeer(
  name: string,
  libraries: readonly string[],
  moreFlags: readonly string[] = [],
): string {
  const source = join(import.meta.dirname, `${name}.c`);
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), `wheeltapper-peers-${process.getuid?.() ?? "all"}`);
  const program = join(folder, `${name}-${hash}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${program}.${process.pid}`;
  const flags = ["-O1", "-Wall", "-Wextra", "-o", draft, source, ...moreFlags];
  execFileSync("gcc", [...flags, ...libraries.map((library) => `-l${library}`)], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  renameSync(draft, program);
  return program;
}
