import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder for the traces of one test file; gone when its tests are over. */
export function traceFolder(): {
  write(content: string | Uint8Array, name?: string): string;
  readonly path: string;
} {
  const path = mkdtempSync(join(tmpdir(), "trace-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  let files = 0;
  return {
    path,
    write(content, name = "trace.csv") {
      files += 1;
      const file = join(path, `${files}-${name}`);
      writeFileSync(file, content);
      return file;
    },
  };
}
