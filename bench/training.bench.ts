// What training costs. First the samples a second of one network, beside PyTorch on the same two cores in the same run; then a
// long trace from frames to the finished model, with its memory and the delays of the caller's event loop.
// Run with: npm run bench:training [-- <rounds>]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { openEpochRunner } from "../src/model/epoch.ts";
import { initialState } from "../src/model/fit-state.ts";
import { hasTorch, openTorch } from "./training/torch-epochs.ts";

const rounds = Number(process.argv[2] ?? 5);
const WINDOWS = 20_000;
const BATCH = 64;
const window = { length: 32, tags: 8 };
const cells = window.length * window.tags;
const rows = WINDOWS + window.length - 1;

/** One epoch after the other of the network in ONNX Runtime, on one thread. */
async function openOurs() {
  const frames = Float32Array.from({ length: rows * window.tags }, (_, cell) =>
    Math.sin(Math.floor(cell / window.tags) / (7 + (cell % window.tags))),
  );
  const design = { layers: [cells, 128, 16, 128, cells], activation: "tanh" } as const;
  const runner = await openEpochRunner(frames, design, window, undefined);
  const starts = Uint32Array.from({ length: WINDOWS }, (_, start) => start);
  const settings = { seed: 1, batchSize: BATCH, learningRate: 1e-3, maxWindows: WINDOWS };
  let state = initialState(design, 1);
  return {
    async train() {
      const startedMs = performance.now();
      ({ state } = await runner.train(state, starts, settings));
      return (performance.now() - startedMs) / 1_000;
    },
    close: () => void runner.release(),
  };
}

async function compareSpeed() {
  const torch = hasTorch();
  const rivals = {
    "wheeltapper, 1 thread": await openOurs(),
    ...(torch && { "PyTorch, 1 thread": await openTorch(1, rows, BATCH) }),
    ...(torch && { "PyTorch, 2 threads": await openTorch(2, rows, BATCH) }),
  };
  const seconds = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, rival] of Object.entries(rivals)) {
      const spent = await rival.train();
      if (round > 0) seconds.set(name, [...(seconds.get(name) ?? []), spent]); // the first one warms up
    }
  }
  for (const rival of Object.values(rivals)) rival.close();
  const results = [...seconds].map(([name, values]) => {
    const median = values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
    return { name, secondsPerEpoch: median, samplesPerSecond: Math.round(WINDOWS / median) };
  });
  const ours = results[0]?.samplesPerSecond ?? 0;
  return results.map((result) => ({ ...result, wheeltapperTimes: ours / result.samplesPerSecond }));
}

const speed = await compareSpeed();
console.table(speed);
console.log(
  JSON.stringify({ network: [cells, 128, 16, 128, cells], windows: WINDOWS, batch: BATCH, speed }),
);

const longTrace = fileURLToPath(new URL("training/long-trace.ts", import.meta.url));
const { stdout } = spawnSync(process.execPath, [longTrace], {
  stdio: ["ignore", "pipe", "inherit"],
});
console.log(String(stdout).trim());
