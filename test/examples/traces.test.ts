import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { tempFolder } from "../temp-folder.ts";
import { startExample } from "./start-example.ts";

const committed = fileURLToPath(new URL("../../examples/traces/", import.meta.url));

it("the traces of the examples are small, and what the simulator gives today", async () => {
  const folder = tempFolder();
  const script = startExample("traces/make-traces", { folder, parameters: [folder] });
  expect(await script.ended()).toEqual({ code: 0, stderr: "" });
  for (const name of ["normal.csv", "bearing-wear.csv"]) {
    const path = join(committed, name);
    expect(statSync(path).size).toBeLessThan(100_000);
    // Not compared line by line: a difference would fill the screen.
    const isSame = readFileSync(path, "utf8") === readFileSync(join(folder, name), "utf8");
    expect(isSame, `${name}: run node examples/traces/make-traces.ts`).toBe(true);
  }
});
