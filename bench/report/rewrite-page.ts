import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { renderTable, type Table } from "./table.ts";

const BEGIN = "<!-- measured: begin -->";
const END = "<!-- measured: end -->";

/** Puts the tables between the two marks of a page, with the date, the commit and the machine. */
export function rewritePage(path: string, tables: readonly Table[], seconds: number): void {
  const page = readFileSync(path, "utf8");
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${path}: expected ${BEGIN} and then ${END}`);
  const measured = [BEGIN, provenance(seconds), ...tables.map(renderTable), END].join("\n\n");
  writeFileSync(path, [page.slice(0, begin), measured, page.slice(end + END.length)].join(""));
}

function provenance(seconds: number): string {
  const date = new Date().toISOString().slice(0, 10);
  const commit = git("rev-parse", "--short", "HEAD");
  const changed = git("status", "--porcelain", "--", "src", "bench") === "" ? "" : " with changes";
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `Measured on ${date} at commit ${commit}${changed}, Node ${process.versions.node}, ${machine}, in ${Math.round(seconds)} s.`;
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { encoding: "utf8" }).trim();
}
