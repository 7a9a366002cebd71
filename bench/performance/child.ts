import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import { type Model, saveModel } from "wheeltapper";
import type { Bench } from "./case.ts";
import type { ChildMessage } from "./tell-parent.ts";

export interface ChildOptions {
  /** Name of the file in `children`. */
  readonly script: string;
  /** What it scores with. */
  readonly model: Model;
  /** What else it is told. */
  readonly words?: readonly string[];
  /** Of Node itself, e.g. `--expose-gc`. */
  readonly flags?: readonly string[];
  /** What else is in its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Measures in a process of its own, where nothing else has left anything in memory or on the processor. It runs JavaScript: what takes the types out
 * of TypeScript while a process runs needs 20 MB.
 */
export async function measureInChild<T>(
  { script, model, words = [], flags = [], env = {} }: ChildOptions,
  { progress }: Pick<Bench, "progress">,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "wheeltapper-bench-"));
  const built = mkdtempSync(fileURLToPath(new URL("../../dist/bench-", import.meta.url))); // where `wheeltapper` is found
  try {
    const path = join(folder, "model.onnx");
    await saveModel(model, path);
    const source = fileURLToPath(new URL(`./children/${script}.ts`, import.meta.url));
    await build({
      entry: { [script]: source },
      outDir: built,
      format: "esm",
      target: "node22",
      external: [/^wheeltapper/, "node-opcua-client"],
      config: false,
      silent: true,
    });
    const child = fork(join(built, `${script}.js`), [path, ...words], {
      execArgv: [...flags],
      env: { ...process.env, ...env },
    });
    let measured: T | undefined;
    child.on("message", (message: ChildMessage<T>) => {
      if ("progress" in message) progress(message.progress);
      else measured = message.measured;
    });
    const [code] = await once(child, "exit");
    if (measured === undefined) throw new Error(`${script} ended with ${code} and no figures`);
    return measured;
  } finally {
    for (const made of [folder, built]) rmSync(made, { recursive: true, force: true });
  }
}
