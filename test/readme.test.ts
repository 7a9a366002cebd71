import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { runCli } from "./cli/run-cli.ts";
import { folderOfFile } from "./temp-folder.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const readme = read("README.md");

interface Block {
  readonly language: string;
  readonly code: string;
}
const blocksOf = (text: string): readonly Block[] =>
  [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", code = ""]) => ({
    language,
    code: code.trimEnd(),
  }));
const commandsOf = (text: string): readonly string[] =>
  blocksOf(text)
    .filter(({ language }) => language === "sh")
    .flatMap(({ code }) => code.split(/\n|&&/))
    .map((command) => command.trim().replace(/^([A-Z_]+=\S+ )+/, ""));

it("shows the quick start that is run by the tests", () => {
  const code = blocksOf(readme).find(({ language }) => language === "ts")?.code;
  expect(code).toBe(read("examples/quick-start.ts").trimEnd());
});

it("links only to what is there", () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = ""]) => link);
  const relative = links.filter((link) => !/^https?:/.test(link));
  expect(relative.length).toBeGreaterThan(5);
  expect(relative.filter((link) => !existsSync(join(root, link)))).toEqual([]);
});

it("lists every command and every example", async () => {
  const { stdout } = await runCli("--help");
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)].map(([, name = ""]) => name);
  const names = commands.filter((name) => name !== "help");
  expect(names).toContain("demo");
  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  const examples = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"));
  expect(examples).toContain("quick-start.ts");
  expect(examples.filter((name) => !readme.includes(`(examples/${name})`))).toEqual([]);
});

describe("a command in a code block", () => {
  it.each(commandsOf(readme))("is there: %s", async (command) => {
    const [program, first = "", ...words] = command.split(" ");
    if (program === "npx" && first === "node") {
      expect(existsSync(join(root, words[0] ?? ""))).toBe(true);
    } else if (program === "npx") {
      expect(first).toBe("wheeltapper");
      const help = await runCli(words[0] ?? "", "--help");
      expect(help.code).toBe(0);
      const options = words.filter((word) => word.startsWith("--"));
      expect(options.filter((option) => !help.stdout.includes(`${option} `))).toEqual([]);
    } else if (first === "run") {
      expect(Object.keys(packageJson.scripts)).toContain(words[0]);
    } else {
      expect(`${program} ${first}`).toMatch(/^npm (ci|test|pack|init|pkg|install)$/);
    }
  });
});

describe("from a recording", () => {
  const folder = folderOfFile();
  symlinkSync(join(root, "examples"), join(folder, "examples"), "junction");
  const section = /^## From a recording\n(.*?)^## /ms.exec(readme)?.[1] ?? "";
  const blocks = blocksOf(section);

  /**
   * Other processors round otherwise: what counts is what is said, not the last digits, nor whether the held-out
   * episodes are just enough for a tail fit.
   */
  const shape = (output: string): string =>
    output
      .replaceAll(/\b[0-9a-f]{64}\b|-?\b\d+(\.\d+)?\b/g, "#")
      .replaceAll(/(?<=the rate of # a day is ).*/g, "…")
      .replaceAll(/ +/g, " ");

  it("prints what the page shows", async () => {
    const shown = commandsOf(section);
    expect(shown).toHaveLength(3);
    for (const command of shown) {
      const [, , ...words] = command.split(" ");
      const { code, stdout, stderr } = await runCli(
        ...words.map((word) => (word.includes(".") ? join(folder, word) : word)),
      );
      expect(code, stderr).toBe(0);
      const place = blocks.findIndex(({ code }) => code.endsWith(command));
      const output = stdout.trimEnd().replaceAll(`${folder}/`, "");
      expect(shape(output)).toBe(shape(blocks[place + 1]?.code ?? ""));
    }
  });

  it("finds the fault where the page says", () => {
    const [opened] = readFileSync(join(folder, "events.jsonl"), "utf8").split("\n");
    const { startMs, contributions } = JSON.parse(opened ?? "");
    expect(new Date(startMs).toISOString()).toBe("2026-01-13T08:02:01.000Z");
    expect(contributions[0].tag).toBe("bearingVibration");
  });
});
