// Records the two traces beside this file from the simulated pump skid: 15 minutes of normal operation,
// and 8 minutes in which a bearing wears out after 2 and is as new again after 4.
// Run: node examples/traces/make-traces.ts [folder]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSkid, type Skid } from "wheeltapper/simulator";

const STEP_MS = 1_000;
const DIGITS = 4;

function record(skid: Skid, startMs: number, rows: number, before: (row: number) => void): string {
  const lines = [["time", ...skid.tags.map(({ name }) => name)].join(",")];
  for (let row = 0; row < rows; row += 1) {
    before(row);
    skid.advance(STEP_MS);
    const time = new Date(startMs + row * STEP_MS).toISOString();
    const values = skid.readings.map(({ value }) => Number(value.toPrecision(DIGITS)));
    lines.push([time, ...values].join(","));
  }
  return `${lines.join("\n")}\n`;
}

const folder = process.argv[2] ?? import.meta.dirname;

const healthy = createSkid({ seed: 11 });
const normal = record(healthy, Date.UTC(2026, 0, 12, 8), 900, () => {});
writeFileSync(join(folder, "normal.csv"), normal);

const worn = createSkid({ seed: 12 });
const wear = record(worn, Date.UTC(2026, 0, 13, 8), 480, (row) => {
  if (row === 120) worn.inject("bearing-wear");
  if (row === 240) worn.clear("bearing-wear");
});
writeFileSync(join(folder, "bearing-wear.csv"), wear);
