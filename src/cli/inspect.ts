import { open } from "node:fs/promises";
import type { Command } from "commander";
import { GatewayError } from "../errors.ts";
import type { Findings } from "./findings.ts";
import { inspectModel } from "./inspect-model.ts";
import { inspectOutbox } from "./inspect-outbox.ts";
import { inspectTrace } from "./inspect-trace.ts";
import { printResult } from "./output.ts";

const SQLITE_HEAD = "SQLite format 3\0";

/** `wheeltapper inspect`: what is in a file. */
export function addInspect(program: Command): void {
  program
    .command("inspect")
    .summary("show what is in a model, a trace or an outbox")
    .description(
      "Shows what is in a model (*.onnx), a trace (*.csv, *.jsonl, also with .gz) or an outbox.",
    )
    .argument("<file>", "model, trace or outbox")
    .option("--json", "print one JSON object")
    .action(async (file: string, { json }: { json?: boolean }) => {
      const { facts, lines } = await inspect(file);
      printResult(json, facts, lines);
    });
}

async function inspect(file: string): Promise<Findings> {
  if (await startsLike(SQLITE_HEAD, file)) return inspectOutbox(file);
  return /\.(csv|jsonl)(\.gz)?$/i.test(file) ? inspectTrace(file) : inspectModel(file);
}

async function startsLike(text: string, path: string): Promise<boolean> {
  try {
    const file = await open(path);
    const { buffer } = await file.read(Buffer.alloc(text.length), 0, text.length, 0);
    await file.close();
    return buffer.toString("latin1") === text;
  } catch (cause) {
    throw new GatewayError("FILE_UNREADABLE", `cannot read ${path}`, {
      cause,
      hint: "Check the path and the permissions.",
    });
  }
}
