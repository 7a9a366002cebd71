import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bytesUnder, packagesUnder } from "../../bench/footprint/installed.ts";
import { tempFolder } from "../temp-folder.ts";

it("packages are counted with what they bring along, the largest first, scopes taken apart", () => {
  const modules = tempFolder();
  const add = (path: string, bytes: number): void => {
    mkdirSync(join(modules, path), { recursive: true });
    writeFileSync(join(modules, path, "package.json"), "x".repeat(bytes));
  };
  add("small", 10);
  add("@scope/one", 20);
  add("@scope/two", 5);
  add("two/node_modules/inner", 100);
  add("two", 1);
  mkdirSync(join(modules, ".bin"));
  expect(packagesUnder(modules)).toEqual([
    ["two", 101],
    ["@scope/one", 20],
    ["small", 10],
    ["@scope/two", 5],
  ]);
  expect(bytesUnder(modules)).toBe(136);
});
