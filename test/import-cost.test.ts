import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** Native libraries that a fresh process has loaded after importing an entry of the built package. */
function nativeLibraries(entry: string): string[] {
  const url = new URL(`../dist/${entry}.js`, import.meta.url).href;
  const script = `await import(${JSON.stringify(url)});
    const { sharedObjects } = process.report.getReport();
    console.log(JSON.stringify(sharedObjects.filter((path) => /onnxruntime|\\.node$/.test(path))));`;
  const words = ["--input-type=module", "-e", script];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8", cwd }));
}

describe("importing wheeltapper", () => {
  it.each(["index", "modbus", "mqtt", "opcua", "s3", "simulator"])(
    "%s loads no native module",
    (entry) => {
      expect(nativeLibraries(entry)).toEqual([]);
    },
  );
});
