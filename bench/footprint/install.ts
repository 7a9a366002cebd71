import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Model, saveModel } from "wheeltapper";
import type { Bench } from "../performance/case.ts";
import { trainBenchModel } from "../performance/plant.ts";
import type { Table } from "../report/table.ts";
import { BOTH, IMPORTS } from "./imports.ts";
import { bytesUnder, packagesUnder } from "./installed.ts";

/** Smaller packages are summed up. */
const SHOWN_BYTES = 1e6;
const PAGE = "docs/footprint.md";

/** Installs the packed package as a user does, without and with what the guide says to save space, and tries that it still runs. */
export async function installTables(bench: Bench): Promise<readonly Table[]> {
  const folder = mkdtempSync(join(tmpdir(), "wheeltapper-bench-"));
  const model = await trainBenchModel();
  try {
    const [pack = ""] = npm(process.cwd(), "pack", "--silent", "--pack-destination", folder)
      .trim()
      .split("\n")
      .slice(-1);
    const tarball = join(folder, pack);
    const rows = [];
    let packages: readonly (readonly [string, number])[] = [];
    for (const [method, { peers }] of Object.entries(IMPORTS)) {
      bench.progress(`installing ${method}`);
      const app = join(folder, peers.join("-") || "root");
      const wholeBytes = install(app, [tarball, "rxjs", ...peers]);
      const { length } = packagesUnder(join(app, "node_modules"));
      const slimBytes = await installSlim(app, model);
      if (method === BOTH) packages = packagesUnder(join(app, "node_modules"));
      rows.push({ method, packages: length, whole: wholeBytes / 1e6, slim: slimBytes / 1e6 });
    }
    return [
      {
        title: "Installed",
        columns: [
          { key: "packages", title: "packages", unit: "count" },
          { key: "whole", title: "as npm installs it, MB", unit: "figure" },
          { key: "slim", title: "this machine's binaries only, MB", unit: "figure" },
        ],
        rows,
      },
      packageTable(packages),
    ];
  } finally {
    await model.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function install(app: string, packages: readonly string[]): number {
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", type: "module" }));
  npm(app, "install", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", ...packages);
  return bytesUnder(join(app, "node_modules"));
}

/** Does what the guide says, installs anew, and scores with what is left. */
async function installSlim(app: string, model: Model): Promise<number> {
  const [, script = ""] = /^```js\n([\s\S]*?)^```/m.exec(readFileSync(PAGE, "utf8")) ?? [];
  writeFileSync(join(app, "slim.js"), script);
  npm(app, "pkg", "set", "scripts.postinstall=node slim.js");
  npm(app, "ci", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund");
  const path = join(app, "model.onnx");
  await saveModel(model, path);
  const code = `const { loadModel } = await import("wheeltapper"); await loadModel(process.argv[1]);`;
  execFileSync(process.execPath, ["--input-type=module", "-e", code, path], { cwd: app });
  return bytesUnder(join(app, "node_modules"));
}

function packageTable(packages: readonly (readonly [string, number])[]): Table {
  const large = packages.filter(([, bytes]) => bytes >= SHOWN_BYTES);
  const small = packages.filter(([, bytes]) => bytes < SHOWN_BYTES);
  const rest = small.reduce((sum, [, bytes]) => sum + bytes, 0);
  return {
    title: "Largest packages, with both protocols and this machine's binaries only",
    columns: [{ key: "mb", title: "MB", unit: "figure" }],
    rows: [
      ...large.map(([method, bytes]) => ({ method, mb: bytes / 1e6 })),
      { method: `${small.length} others`, mb: rest / 1e6 },
    ],
  };
}

function npm(cwd: string, ...words: readonly string[]): string {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" }; // no CUDA libraries from the network
  return execFileSync("npm", words, {
    cwd,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}
