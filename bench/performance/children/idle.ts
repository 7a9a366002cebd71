// The processor time of a gateway that has nearly nothing to do, in real time. Started by ../cases/idle.ts.
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { loadModel } from "wheeltapper";
import { startLivePlant } from "../live-plant.ts";
import { tellParent } from "../tell-parent.ts";

const SETTLING = 5;

const [, , path = "", seconds = "60"] = process.argv;
const plant = await startLivePlant({
  model: await loadModel(path),
  machines: 1,
  file: join(dirname(path), "outbox.db"),
  frames: 600,
});
let slot = 0;
const run = async (ticks: number): Promise<void> => {
  for (const last = slot + ticks; slot < last; slot += 1) {
    plant.push(0, slot);
    await setTimeout(1_000);
  }
};
await run(SETTLING);
const before = process.cpuUsage();
const startMs = performance.now();
await run(Number(seconds));
const { user, system } = process.cpuUsage(before);
tellParent({ measured: (user + system) / 1_000 / (performance.now() - startMs) });
await plant.stop();
