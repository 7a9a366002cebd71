// How well faults of recorded equipment are detected, with the defaults as they stand, beside baselines and dummies.
// Run with: npm run bench:detection -- DIR [--only skab,ims,nab,smd,mixed] [--json] [--out docs/detection-quality.md]
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ims } from "./detection/ims.ts";
import { createJudge, METHODS } from "./detection/method.ts";
import { mixed } from "./detection/mixed.ts";
import { nab } from "./detection/nab.ts";
import { compare, type Protocol } from "./detection/protocol.ts";
import { skab } from "./detection/skab.ts";
import { smd } from "./detection/smd.ts";
import { rewritePage } from "./report/rewrite-page.ts";
import { renderTable, type Table } from "./report/table.ts";

const PROTOCOLS: Readonly<Record<string, (folder: string) => Protocol>> = {
  skab: (folder) => skab(join(folder, "skab")),
  ims: (folder) => ims(join(folder, "ims_bearing")),
  nab: (folder) => nab(join(folder, "nab")),
  smd: (folder) => smd(join(folder, "smd")),
  mixed: (folder) => mixed(join(folder, "smd")),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: Object.keys(PROTOCOLS).join(",") },
    json: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const [folder] = positionals;
const chosen = values.only.split(",");
const unknown = chosen.find((name) => PROTOCOLS[name] === undefined);
if (folder === undefined || unknown !== undefined) {
  console.error(
    `usage: npm run bench:detection -- DIR [--only ${Object.keys(PROTOCOLS).join(",")}] [--json] [--out FILE]`,
  );
  process.exit(2);
}

const judge = createJudge((what) =>
  console.error(`${Math.round(performance.now() / 1000)} s  ${what}`),
);
const tables: Record<string, Table> = {};
for (const name of chosen) {
  const protocol = PROTOCOLS[name]?.(folder);
  if (protocol === undefined) continue;
  const table = await compare(protocol, METHODS, judge);
  tables[name] = table;
  if (!values.json) console.log(`${renderTable(table)}\n`);
}
if (values.json) console.log(JSON.stringify(tables));
if (values.out !== undefined) {
  rewritePage(values.out, Object.values(tables), performance.now() / 1000);
}
