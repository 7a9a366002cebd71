// What ONNX Runtime's threads, their spinning and its memory settings give and cost, and what a worker thread does for the event loop: windows a
// second, the time of one window, memory, processor time at rest, delays. Every case in a process of its own, all of them taking turns.
// Run with: npx node bench/threads.bench.ts
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { createRandom } from "../src/math/random.ts";
import { encodeNetwork, initialParameters } from "../src/model/onnx/network.ts";
import { openPlacedSession } from "../src/model/worker/placed-session.ts";

const ROUNDS = 5;
const BATCH = 256;
const NETWORKS = [
  [256, 128, 16, 128, 256],
  [1024, 512, 32, 512, 1024],
];
const SETTINGS = NETWORKS.flatMap((layers) =>
  ["1 thread", "2 threads", "2 threads, spinning"].flatMap((threads) =>
    ["arena, pattern", "arena", "neither"].map((memory) => ({ layers, threads, memory })),
  ),
);
const PLACES = NETWORKS.flatMap((layers) =>
  ["nothing runs", "this thread", "worker"].map((place) => ({ layers, place })),
);

type Setting = (typeof SETTINGS)[number];
type Place = (typeof PLACES)[number];
type Figures = Readonly<Record<string, number>>;

const [order] = process.argv.slice(2);
if (order === undefined) {
  const [cpu] = cpus();
  console.log(
    JSON.stringify({ cpu: cpu?.model, cores: cpus().length, rounds: ROUNDS, batch: BATCH }),
  );
  compare("session settings", SETTINGS);
  compare("place of the runs", PLACES);
} else {
  const asked: Setting | Place = JSON.parse(order);
  const figures = "place" in asked ? await measurePlace(asked) : await measureSetting(asked);
  console.log(JSON.stringify(figures));
}

function compare(name: string, cases: readonly (Setting | Place)[]): void {
  const rounds = cases.map((): Figures[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    cases.forEach((asked, place) => {
      const child = [import.meta.filename, JSON.stringify(asked)];
      const output = execFileSync(process.execPath, child, { encoding: "utf8" });
      rounds[place]?.push(JSON.parse(output));
    });
  }
  const rows = cases.map((asked, place) => ({
    ...asked,
    layers: asked.layers.join("-"),
    ...medians(rounds[place] ?? []),
  }));
  for (const row of rows) console.log(JSON.stringify({ case: name, ...row }));
  console.table(rows);
}

/** The delays of the event loop when runs follow one another without a pause. */
async function measurePlace({ layers, place }: Place): Promise<Figures> {
  const cells = layers[0] ?? 0;
  const workerAfterMs = place === "worker" ? 0 : Number.POSITIVE_INFINITY;
  const session = await openPlacedSession(networkOf(layers), "network", { workerAfterMs });
  const feeds = { windows: { data: noise(BATCH * cells), dimensions: [BATCH, cells] } };
  const target = { data: new Float32Array(BATCH * cells), dimensions: [BATCH, cells] };
  const run = (): Promise<unknown> =>
    place === "nothing runs" ? sleep(50) : session.run(feeds, { reconstruction: target });
  for (let turn = 0; turn < 10; turn += 1) await run();
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const startMs = performance.now();
  let runs = 0;
  for (; performance.now() < startMs + 3_000; runs += 1) await run();
  const tookMs = performance.now() - startMs;
  delays.disable();
  await session.release();
  return {
    windowsPerSecond: place === "nothing runs" ? 0 : (1_000 * BATCH * runs) / tookMs,
    delayP50Ms: delays.percentile(50) / 1e6,
    delayP99Ms: delays.percentile(99) / 1e6,
  };
}

/** `oneP99Us` is of single windows, `rssMb` after batches of every size, `idlePercent` of one core at ten windows a second. */
async function measureSetting({ layers, threads, memory }: Setting): Promise<Figures> {
  const cells = layers[0] ?? 0;
  const spinning = threads.includes("spinning") ? "1" : "0";
  const session = await InferenceSession.create(networkOf(layers), {
    intraOpNumThreads: Number.parseInt(threads, 10),
    interOpNumThreads: 1,
    enableCpuMemArena: memory.includes("arena"),
    enableMemPattern: memory.includes("pattern"),
    extra: { session: { intra_op: { allow_spinning: spinning } } },
  });
  const data = noise(BATCH * cells);
  const run = async (windows: number): Promise<number> => {
    const startMs = performance.now();
    const input = new Tensor("float32", data.subarray(0, windows * cells), [windows, cells]);
    await session.run({ windows: input });
    return performance.now() - startMs;
  };
  const times = async (windows: number, totalMs: number): Promise<number[]> => {
    const took: number[] = [];
    for (const endMs = performance.now() + totalMs; performance.now() < endMs; )
      took.push(await run(windows));
    return took.sort((a, b) => a - b);
  };

  await times(BATCH, 200);
  const batches = await times(BATCH, 1_000);
  const singles = await times(1, 500);
  for (let windows = 1; windows <= BATCH; windows += 1) await run(windows);
  const rssMb = process.memoryUsage.rss() / 1e6;
  const before = process.cpuUsage();
  for (let turn = 0; turn < 20; turn += 1) {
    await run(1);
    await sleep(100);
  }
  const { user, system } = process.cpuUsage(before);
  const totalMs = batches.reduce((sum, took) => sum + took, 0);
  return {
    windowsPerSecond: (1_000 * BATCH * batches.length) / totalMs,
    batchMs: batches[batches.length >> 1] ?? Number.NaN,
    oneP99Us: 1_000 * (singles[Math.floor(0.99 * singles.length)] ?? Number.NaN),
    rssMb,
    idlePercent: (user + system) / 2e4,
  };
}

function networkOf(layers: readonly number[]): Uint8Array {
  const design = { layers, activation: "tanh" } as const;
  return encodeNetwork(design, initialParameters(design, 1), []);
}

function noise(length: number): Float32Array {
  const random = createRandom(2);
  return Float32Array.from({ length }, () => random.normal());
}

function medians(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const values = rounds.map((figures) => figures[name] ?? Number.NaN).sort((a, b) => a - b);
      return [name, Number(values[values.length >> 1]?.toPrecision(3))];
    }),
  );
}
