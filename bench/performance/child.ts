import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Model, saveModel } from "wheeltapper";
import type { Bench } from "./case.ts";

export interface ChildOptions {
  /** Name of the file in `children`. */
  readonly script: string;
  /** What it scores with. */
  readonly model: Model;
  /** What else it is told. */
  readonly words?: readonly string[];
  /** Of Node itself, e.g. `--expose-gc`. */
  readonly flags?: readonly string[];
}

/** What a child says: how far it is, or what it has measured. */
export type ChildMessage<T> = { readonly progress: string } | { readonly measured: T };

/** Measures in a process of its own, where nothing else has left anything in memory or on the processor. */
export async function measureInChild<T>(
  { script, model, words = [], flags = [] }: ChildOptions,
  { progress }: Pick<Bench, "progress">,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "wheeltapper-bench-"));
  try {
    const path = join(folder, "model.onnx");
    await saveModel(model, path);
    const child = fork(
      fileURLToPath(new URL(`./children/${script}.ts`, import.meta.url)),
      [path, ...words],
      { execArgv: [...flags] },
    );
    let measured: T | undefined;
    child.on("message", (message: ChildMessage<T>) => {
      if ("progress" in message) progress(message.progress);
      else measured = message.measured;
    });
    const [code] = await once(child, "exit");
    if (measured === undefined) throw new Error(`${script} ended with ${code} and no figures`);
    return measured;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In the child: tells the parent. */
export function tellParent<T>(message: ChildMessage<T>): void {
  process.send?.(message);
}
