import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { onTestFinished } from "vitest";
import { createRandom } from "../../../src/math/random.ts";
import { encodeNetwork, initialParameters } from "../../../src/model/onnx/network.ts";
import type { ScoringOrder } from "../../../src/model/worker/scoring-message.ts";
import type { Tensors } from "../../../src/model/worker/shared-tensors.ts";
import { findWorkerScript, type WorkerScript } from "../../../src/model/worker/worker-script.ts";
import { tempFolder } from "../../temp-folder.ts";

export const CELLS = 512;

const design = { layers: [CELLS, 256, 16, 256, CELLS], activation: "tanh" } as const;

export const network: Uint8Array = encodeNetwork(design, initialParameters(design, 1), []);

export const order: ScoringOrder = { bytes: network, name: "network", settings: {} };

/** Windows of noise; the same for the same seed. */
export function feedsOf(windows: number, seed = 1): { readonly windows: Tensors[string] } {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: windows * CELLS }, () => random.normal());
  return { windows: { data, dimensions: [windows, CELLS] } };
}

export function scoringScript(): WorkerScript {
  const besideSources = new URL("../../../src/model/worker/placed-session.ts", import.meta.url);
  const script = findWorkerScript("scoring", besideSources.href);
  if (script === undefined) throw new Error("there is no script");
  return script;
}

/** The script of the thread with this code before it; `name` differs from call to call. */
export function scriptThatStartsWith(code: string): WorkerScript {
  const { path, ...script } = scoringScript();
  const file = join(tempFolder(), `${randomUUID()}.mjs`);
  writeFileSync(file, `${code}\nawait import(${JSON.stringify(path)});`);
  return { path: file, ...script };
}

/** The threads that are started from now on in this test, so that it can kill them. */
export function threadsStarted(): readonly Worker[] {
  const threads: Worker[] = [];
  const keep = (thread: Worker): number => threads.push(thread);
  process.on("worker", keep);
  onTestFinished(() => {
    process.off("worker", keep);
  });
  return threads;
}
