// What an installed gateway takes: time to start, memory at rest and at load, room on the disk.
// Run with: npm run bench:footprint [-- --quick] [--out docs/footprint.md]
import { parseArgs } from "node:util";
import { installTables } from "./footprint/install.ts";
import { residentTable } from "./footprint/resident.ts";
import { startUpTable } from "./footprint/start-up.ts";
import type { Bench } from "./performance/case.ts";
import { rewritePage } from "./report/rewrite-page.ts";
import { renderTable } from "./report/table.ts";

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, out: { type: "string" } },
});
const bench: Bench = {
  quick: values.quick,
  progress: (what) => console.error(`${Math.round(performance.now() / 1_000)} s  ${what}`),
};
const tables = [
  await startUpTable(bench),
  await residentTable(bench),
  ...(await installTables(bench)),
];
for (const { title, rows } of tables) console.log(JSON.stringify({ case: title, rows }));
console.log(`\n${tables.map(renderTable).join("\n\n")}`);
if (values.out !== undefined) rewritePage(values.out, tables, performance.now() / 1_000);
process.exit();
