// What the road from reading to event costs, beside the plain way, beside loops by hand and beside the runtime alone, taking turns in one run.
// Run with: npm run bench [-- --case frames,readings] [--quick] [--out docs/performance.md]
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { Case } from "./performance/case.ts";
import { allocationCase } from "./performance/cases/allocation.ts";
import { eventLoopCase } from "./performance/cases/event-loop.ts";
import { framesCase } from "./performance/cases/frames.ts";
import { growthCase } from "./performance/cases/growth.ts";
import { idleCase } from "./performance/cases/idle.ts";
import { int8Case } from "./performance/cases/int8.ts";
import { latencyCase } from "./performance/cases/latency.ts";
import { memoryCase } from "./performance/cases/memory.ts";
import { readingsCase } from "./performance/cases/readings.ts";
import { goalTable, resultLine, resultTable } from "./performance/show-result.ts";
import { rewritePage } from "./report/rewrite-page.ts";
import { renderTable, type Table } from "./report/table.ts";

const CASES: Readonly<Record<string, Case>> = {
  frames: framesCase,
  readings: readingsCase,
  growth: growthCase,
  int8: int8Case,
  allocation: allocationCase,
  loop: eventLoopCase,
  latency: latencyCase,
  idle: idleCase,
  memory: memoryCase,
};

const { values } = parseArgs({
  options: {
    case: { type: "string", default: Object.keys(CASES).join(",") },
    quick: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const chosen = values.case.split(",");
if (chosen.some((name) => CASES[name] === undefined)) {
  console.error(
    `usage: npm run bench -- [--case ${Object.keys(CASES).join(",")}] [--quick] [--out FILE]`,
  );
  process.exit(2);
}

const [load = 0] = loadavg();
if (load > 0.5) {
  console.error(
    `other work has the machine (load average ${load.toFixed(1)}): ratios hold, latencies, delays and rates do not`,
  );
}

const tables: Table[] = [];
const goals = new Map<string, Awaited<ReturnType<Case["run"]>>["goals"]>();
for (const name of chosen) {
  const one = CASES[name];
  if (one === undefined) continue;
  const result = await one.run({
    quick: values.quick,
    progress: (what) =>
      console.error(`${Math.round(performance.now() / 1_000)} s  ${name}: ${what}`),
  });
  console.log(resultLine(name, result));
  tables.push(resultTable(one.title, result));
  goals.set(one.title, result.goals);
}
tables.unshift(goalTable(goals));
console.log(`\n${tables.map(renderTable).join("\n\n")}`);
if (values.out !== undefined) rewritePage(values.out, tables, performance.now() / 1_000);
process.exit();
