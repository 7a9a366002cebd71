import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { tempFolder } from "../temp-folder.ts";

const BINARIES = ["darwin/arm64", "linux/arm64", "linux/x64", "win32/arm64", "win32/x64"];

/** An application with the script of the guide, and the two packages that it looks for, as npm or as pnpm lays them out. */
function createApp(runtime: string): { readonly app: string; readonly bin: string } {
  const app = tempFolder();
  const [, script = ""] =
    /^```js\n([\s\S]*?)^```/m.exec(readFileSync("docs/footprint.md", "utf8")) ?? [];
  writeFileSync(join(app, "slim.mjs"), script);
  for (const folder of ["node_modules/wheeltapper", runtime]) {
    mkdirSync(join(app, folder), { recursive: true });
    writeFileSync(join(app, folder, "package.json"), "{}");
  }
  const bin = join(app, runtime, "bin", "napi-v6");
  for (const binary of BINARIES) mkdirSync(join(bin, binary), { recursive: true });
  return { app, bin };
}

function slim(app: string, ...words: readonly string[]): void {
  execFileSync(process.execPath, ["slim.mjs", ...words], { cwd: app, stdio: "pipe" });
}

function left(bin: string): string[] {
  return readdirSync(bin).flatMap((os) => readdirSync(join(bin, os)).map((cpu) => `${os}/${cpu}`));
}

it.each([
  ["beside this package", "node_modules/onnxruntime-node"],
  ["inside it", "node_modules/wheeltapper/node_modules/onnxruntime-node"],
])("the script leaves one binary where the runtime lies %s", (_, runtime) => {
  const { app, bin } = createApp(runtime);
  slim(app, "linux", "arm64");
  expect(left(bin)).toEqual(["linux/arm64"]);
});

it("the script deletes nothing for a system that the runtime has no binary for", () => {
  const { app, bin } = createApp("node_modules/onnxruntime-node");
  expect(() => slim(app, "freebsd", "x64")).toThrow("no binary for freebsd/x64");
  expect(left(bin).toSorted()).toEqual(BINARIES);
});
