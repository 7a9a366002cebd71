import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseTagExpression } from "../../../src/math/running/tag-expression.ts";

const page = readFileSync("docs/operating-states.md", "utf8");

/** The code in the cells of the table rows that have three of them. */
const rows = [...page.matchAll(/^\| `([^|]+)` +\| `([^|]+)` +\| `([^|]+)` +\|$/gm)].map(
  ([, expression = "", ...frames]) => ({ expression, frames }),
);

describe("an expression in the guide", () => {
  it("is not missed by this test", () => {
    const table = page.split("| expression ")[1]?.split("\n\n")[0] ?? "";
    const head = 2;
    expect(rows.length).toBe(table.split("\n").length - head);
  });

  it.each(rows)("$expression does what is said", ({ expression, frames }) => {
    const held = frames.map((frame) => {
      const cells = frame.split(", ").map((cell) => cell.split(/ (?=\S+$)/));
      const names = cells.map(([name = ""]) => name);
      const values = Float64Array.from(cells, ([, value]) => Number(value));
      return parseTagExpression(expression, names).holds(values, 0);
    });
    expect(held).toEqual([true, false]);
  });

  it("shows a mistake as the parser does", () => {
    const shown = page.split("```text\n").find((block) => block.startsWith("running:"));
    const [message, hint] = (shown?.split("\n```")[0] ?? "").split("\nhint: ");
    expect(() => parseTagExpression("sped > 100", ["speed"])).toThrow(
      expect.objectContaining({ message, hint }),
    );
  });
});
