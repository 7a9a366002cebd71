import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../cli/run-cli.ts";

const pages = readdirSync("docs", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".md"))
  .map((path) => join("docs", path))
  .concat("CONTRIBUTING.md");
const read = (page: string): string => readFileSync(page, "utf8");

describe("links", () => {
  it.each(pages)("of %s lead to files that are there", (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)(?<path>[^)#]+)[^)]*\)/g)];
    const broken = links
      .map(({ groups }) => groups?.["path"] ?? "")
      .filter((path) => !existsSync(join(dirname(page), path)));
    expect(broken).toEqual([]);
  });
});

it.each(pages)("tests named in %s are there", (page) => {
  const links = [...read(page).matchAll(/\[(?<title>[^\]]+)\]\((?<path>[^)]+\.test\.ts)\)/g)];
  const missing = links
    .map(({ groups }) => groups as { title: string; path: string })
    .filter(({ title, path }) => !read(join(dirname(page), path)).includes(title));
  expect(missing).toEqual([]);
});

describe("commands", () => {
  /** Options by command. */
  const known = new Map<string, ReadonlySet<string>>();

  beforeAll(async () => {
    const { stdout } = await runCli("--help");
    const commands = namesIn(stdout.split("Commands:")[1] ?? "", /^ {2}(\w+)/gm);
    for (const command of commands.filter((name) => name !== "help")) {
      const help = await runCli(command, "--help");
      known.set(command, new Set(namesIn(help.stdout, /^ {2}(?:-\w, )?(--[\w-]+)/gm)));
    }
  });

  it.each(pages)("named in %s are known to the command line, with their options", (page) => {
    const unknown: string[] = [];
    for (const code of codeOf(read(page))) {
      const [, command, words = ""] = /^(?:npx )?wheeltapper ([a-z]\S*)(.*)/.exec(code) ?? [];
      if (command === undefined) continue;
      const options = known.get(command);
      const wrong = namesIn(words, /(--[\w-]+)/g).filter((option) => !options?.has(option));
      if (options === undefined || wrong.length > 0) unknown.push(code);
    }
    expect(unknown).toEqual([]);
  });

  it.each(pages)("have the options that %s names by themselves", (page) => {
    const all = new Set([...known.values()].flatMap((options) => [...options]));
    const alone = codeOf(read(page)).filter((code) => code.startsWith("--"));
    const ours = alone.filter((code) => !code.startsWith("--onnxruntime-node-install"));
    expect(ours.filter((code) => !all.has(code.split(/[ =]/, 1).join()))).toEqual([]);
  });
});

it.each(pages)("npm scripts named in %s are there", (page) => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = codeOf(read(page)).flatMap((code) => namesIn(code, /^npm (?:run )?([\w:]+)/g));
  expect(named.filter((name) => name !== "ci" && name !== "install" && !scripts[name])).toEqual([]);
});

it.each([
  "getting-started",
  "acquisition",
  "mqtt",
  "s3",
  "dataset",
  "sinks",
  "labels",
  "drift",
  "retraining",
])("every TypeScript block of %s compiles as it stands", (page) => {
  const blocks = [...read(`docs/${page}.md`).matchAll(/^```ts\n([\s\S]*?)^```/gm)];
  expect(blocks).not.toEqual([]);
  expect(problemsIn(blocks.map(([, code = ""]) => code))).toEqual([]);
});

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = ""]) => name);
}

/** The lines of code blocks, and what stands between backticks in running text. */
function codeOf(markdown: string): string[] {
  const [blocks, prose] = [/^```\w*\n([\s\S]*?)^```/gm, /`([^`\n]+)`/g];
  const lines = namesIn(markdown, blocks).flatMap((block) => block.split("\n"));
  return [...lines, ...namesIn(markdown.replaceAll(blocks, ""), prose)].map((code) => code.trim());
}

/** Type-checks modules as if they lay in the test folder and had the library installed. */
function problemsIn(modules: readonly string[]): string[] {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const sources = new Map(
    modules.map((code, place) => [join(process.cwd(), `test/docs/block-${place + 1}.ts`), code]),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.getSourceFile = (path, language, ...others) => {
    const code = sources.get(path);
    return code === undefined
      ? getSourceFile(path, language, ...others)
      : ts.createSourceFile(path, code, language);
  };
  const paths = {
    wheeltapper: ["./src/index.ts"],
    "wheeltapper/modbus": ["./src/sources/modbus/index.ts"],
    "wheeltapper/mqtt": ["./src/sinks/mqtt/index.ts"],
    "wheeltapper/opcua": ["./src/sources/opcua/index.ts"],
    "wheeltapper/s3": ["./src/sinks/s3/index.ts"],
    "wheeltapper/simulator": ["./src/simulator/index.ts"],
  };
  const program = ts.createProgram([...sources.keys()], { ...options, paths }, host);
  return [...sources.keys()].flatMap((path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText, start = 0 }) => {
        const line = sources.get(path)?.slice(0, start).split("\n").length;
        return `${path}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
      }),
  );
}
