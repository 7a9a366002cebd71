import { spawnSync } from "node:child_process";
import type { Bench } from "../performance/case.ts";
import { median, medianRatio, type Rivals, takeTurns } from "../performance/turns.ts";
import type { Table } from "../report/table.ts";
import { IMPORTS } from "./imports.ts";

const BARE = "node -e 0";

/** From the start of a process to its end, with nothing in between but imports. */
export async function startUpTable(bench: Bench): Promise<Table> {
  const scripts = new Map([[BARE, "0"]]);
  for (const [method, { modules, peers }] of Object.entries(IMPORTS)) {
    scripts.set(method, importing(modules));
    if (peers.length > 0) {
      scripts.set(`${method}, its library loaded`, importing([...modules, ...peers]));
    }
  }
  const rivals: Rivals = Object.fromEntries(
    [...scripts].map(([name, script]) => [name, async () => runMs(script)]),
  );
  const figures = await takeTurns(rivals, bench.quick ? 3 : 15, bench);
  const bareMs = median(figures[BARE] ?? []);
  return {
    title: "Start-up",
    columns: [
      { key: "ms", title: "ms", unit: "figure" },
      { key: "more", title: "ms more than bare", unit: "figure" },
      { key: "ratio", title: "times bare", unit: "figure" },
    ],
    rows: Object.entries(figures).map(([method, times]) => ({
      method,
      ms: median(times),
      more: median(times) - bareMs,
      ratio: medianRatio(figures, method, BARE),
    })),
  };
}

function importing(names: readonly string[]): string {
  return names.map((name) => `await import(${JSON.stringify(name)});`).join("");
}

function runMs(script: string): number {
  const startMs = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", `${script};process.exit()`],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return performance.now() - startMs;
}
