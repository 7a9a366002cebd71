import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const page = readFileSync("docs/architecture.md", "utf8").replaceAll(/ +\|/g, " |");

it("docs/architecture.md has every field of the model card, and no other", () => {
  const [, card = ""] =
    /^export interface ModelCard \{\n(.*?)^\}/ms.exec(
      readFileSync("src/core/model-card.ts", "utf8"),
    ) ?? [];
  const fields = [...card.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name);
  const [, table = ""] = /^\| in the card .*?\n(.*?)\n\n/ms.exec(page) ?? [];
  const shown = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/\w+/g)].map(([name]) => name),
  );
  expect(fields).toContain("threshold");
  expect(shown.toSorted()).toEqual(fields.toSorted());
});

it("docs/architecture.md shows every folder in the picture of who imports whom", () => {
  const [, picture = ""] = /## Who imports whom.*?```mermaid\n(.*?)```/s.exec(page) ?? [];
  const folders = readdirSync("src", { withFileTypes: true }).filter((one) => one.isDirectory());
  const within = readdirSync("src/model", { withFileTypes: true }).filter((one) =>
    one.isDirectory(),
  );
  const names = [...folders, ...within].map(({ name }) => `${name}/`);
  expect(names).toContain("learn/");
  expect(names.filter((name) => !picture.includes(name))).toEqual([]);
});
