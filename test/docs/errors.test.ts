import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const read = (path: string): string => readFileSync(path, "utf8");
const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, code = ""]) => code);

const union = /export type ErrorCode =(?<members>[^;]+);/.exec(read("src/errors.ts"));
const codes = found(union?.groups?.["members"] ?? "", /"(\w+)"/g);
const page = read("docs/errors.md");

describe("docs/errors.md", () => {
  it("has one heading for every error code, in their order, and no other", () => {
    expect(codes).not.toEqual([]);
    expect(found(page, /^## (.+)$/gm)).toEqual(codes);
  });

  it.each(codes)("says of %s what it means, when it comes, and what to do", (code) => {
    const section = page.split(`## ${code}\n`)[1]?.split("\n## ")[0] ?? "";
    expect(found(section, /^\*\*(\w+):\*\*/gm)).toEqual(["Means", "Comes", "Retryable", "Do"]);
  });

  it("knows no code that is never thrown", () => {
    const thrown = readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => found(read(`src/${path}`), /new GatewayError\(\s*"(\w+)"/g));
    expect([...new Set(thrown)].sort()).toEqual([...codes].sort());
  });
});
