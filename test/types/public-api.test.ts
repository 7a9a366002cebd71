import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const entries: Record<string, string> = {
  ".": "src/index.ts",
  "./modbus": "src/sources/modbus/index.ts",
  "./mqtt": "src/sinks/mqtt/index.ts",
  "./opcua": "src/sources/opcua/index.ts",
  "./s3": "src/sinks/s3/index.ts",
  "./simulator": "src/simulator/index.ts",
  "./testing": "src/testing/index.ts",
};

/** The names that an entry exports, types included. */
function exportedNames(path: string): string[] {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  return [...text.matchAll(/^export (?:type )?\{([^}]+)\}/gm)]
    .flatMap(([, names = ""]) => names.split(","))
    .map((name) => name.replace("type ", "").trim())
    .filter(Boolean)
    .sort();
}

describe("public names", () => {
  it("are those that were agreed on: a change shows up in review", () => {
    const names = Object.fromEntries(
      Object.entries(entries).map(([entry, path]) => [entry, exportedNames(path)]),
    );
    expect(names).toMatchSnapshot();
  });

  it("have an entry each in package.json", () => {
    const { exports } = JSON.parse(
      readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
    );
    expect(Object.keys(exports)).toEqual([...Object.keys(entries), "./package.json"]);
  });
});
