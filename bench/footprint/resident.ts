import type { Bench } from "../performance/case.ts";
import { measureInChild } from "../performance/child.ts";
import type { ResidentFigures } from "../performance/children/resident.ts";
import { trainBenchModel } from "../performance/plant.ts";
import { median } from "../performance/turns.ts";
import type { Table } from "../report/table.ts";
import { IMPORTS } from "./imports.ts";

/** RSS after the imports, with a gateway started, and at 1,000 tags ten times a second. */
export async function residentTable(bench: Bench): Promise<Table> {
  const model = await trainBenchModel({ periodMs: 100 });
  const rounds = bench.quick ? 1 : 3;
  const measured = new Map<string, ResidentFigures[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const [method, { modules, peers }] of Object.entries(IMPORTS)) {
      bench.progress(`memory ${method}, round ${round} of ${rounds}`);
      const words = [bench.quick ? "5" : "20", ...modules, ...peers];
      const figures = await measureInChild<ResidentFigures>(
        { script: "resident", model, words, flags: ["--expose-gc"] },
        bench,
      );
      measured.set(method, [...(measured.get(method) ?? []), figures]);
    }
  }
  await model.close();
  return {
    title: "Memory (RSS)",
    columns: [
      { key: "importedMb", title: "imported, MB", unit: "figure" },
      { key: "startedMb", title: "gateway started, MB", unit: "figure" },
      { key: "loadedMb", title: "10,000 readings/s, MB", unit: "figure" },
    ],
    rows: [...measured].map(([method, figures]) => ({
      method,
      importedMb: median(figures.map((one) => one.importedMb)),
      startedMb: median(figures.map((one) => one.startedMb)),
      loadedMb: median(figures.map((one) => one.loadedMb)),
    })),
  };
}
