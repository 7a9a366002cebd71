import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The script of a thread and what Node needs to run it. */
export interface WorkerScript {
  readonly path: string;
  readonly execArgv?: string[];
}

/** Looks beside this module, in the package as it was built and among its sources; finds nothing where a bundler left the script behind. */
export function findWorkerScript(
  thread: "training" | "scoring",
  moduleUrl: string | undefined,
): WorkerScript | undefined {
  if (!moduleUrl?.startsWith("file:")) return undefined;
  for (const name of [`wheeltapper-${thread}-worker.js`, `${thread}-worker.ts`]) {
    const path = fileURLToPath(new URL(name, moduleUrl));
    if (!existsSync(path)) continue;
    return path.endsWith(".ts") ? { path, ...typeScriptFlags() } : { path };
  }
  return undefined;
}

/** Node before 22.18 runs TypeScript only when it is told to. */
function typeScriptFlags(): { execArgv?: string[] } {
  if (process.features.typescript) return {};
  return { execArgv: ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"] };
}
