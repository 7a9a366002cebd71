// Memory of a process that has imported something, at rest and at load. Started by ../../footprint/resident.ts with --expose-gc.
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { loadModel } from "wheeltapper";
import { startLivePlant } from "../live-plant.ts";
import { tellParent } from "../tell-parent.ts";

export interface ResidentFigures {
  readonly importedMb: number;
  /** With a model loaded and a gateway started. */
  readonly startedMb: number;
  /** The highest seen at 10,000 readings a second. */
  readonly loadedMb: number;
}

const MACHINES = 125;

const [, , path = "", seconds = "20", ...modules] = process.argv;
for (const name of modules) await import(name);
const importedMb = await atRest();
const model = await loadModel(path);
const { periodMs } = model.card;
const plant = await startLivePlant({
  model,
  machines: MACHINES,
  file: join(dirname(path), "outbox.db"),
  frames: 300,
});
const startedMb = await atRest();
let loadedMb = 0;
const startMs = performance.now();
for (let slot = 0; slot * periodMs < 1_000 * Number(seconds); slot += 1) {
  await setTimeout(Math.max(0, startMs + slot * periodMs - performance.now()));
  for (let machine = 0; machine < MACHINES; machine += 1) plant.push(machine, slot);
  loadedMb = Math.max(loadedMb, process.memoryUsage.rss() / 1e6);
}
await plant.stop();
tellParent({ measured: { importedMb, startedMb, loadedMb } });
process.disconnect();

async function atRest(): Promise<number> {
  globalThis.gc?.();
  await setTimeout(500);
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1e6;
}
