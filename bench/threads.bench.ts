// What ONNX Runtime's threads, their spinning and its memory settings give and cost: windows a second, the time of one window,
// memory, and processor time at rest. Every case in a process of its own, all of them taking turns.
// Run with: npx node bench/threads.bench.ts
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { createRandom } from "../src/math/random.ts";
import { encodeNetwork, initialParameters } from "../src/model/onnx/network.ts";

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

type Setting = (typeof SETTINGS)[number];

interface Figures {
  readonly windowsPerSecond: number;
  readonly batchMs: number;
  /** The 99th percentile of the time of a single window. */
  readonly oneP99Us: number;
  /** After batches of every size. */
  readonly rssMb: number;
  /** At ten windows a second, of one core. */
  readonly idlePercent: number;
}

const [order] = process.argv.slice(2);
if (order !== undefined) console.log(JSON.stringify(await measure(JSON.parse(order))));
else compare();

function compare(): void {
  const rounds = SETTINGS.map((): Figures[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    SETTINGS.forEach((setting, place) => {
      const child = [import.meta.filename, JSON.stringify(setting)];
      const output = execFileSync(process.execPath, child, { encoding: "utf8" });
      rounds[place]?.push(JSON.parse(output));
    });
  }
  const rows = SETTINGS.map(({ layers, threads, memory }, place) => ({
    network: layers.join("-"),
    threads,
    memory,
    ...medians(rounds[place] ?? []),
  }));
  const machine = cpus();
  const settings = { rounds: ROUNDS, batch: BATCH };
  console.log(JSON.stringify({ cpu: machine[0]?.model, cores: machine.length, ...settings }));
  for (const row of rows) console.log(JSON.stringify({ case: "session settings", ...row }));
  console.table(rows);
}

async function measure({ layers, threads, memory }: Setting): Promise<Figures> {
  const cells = layers[0] ?? 0;
  const design = { layers, activation: "tanh" } as const;
  const onnx = encodeNetwork(design, initialParameters(design, 1), []);
  const spinning = threads.includes("spinning") ? "1" : "0";
  const session = await InferenceSession.create(onnx, {
    intraOpNumThreads: Number.parseInt(threads, 10),
    interOpNumThreads: 1,
    enableCpuMemArena: memory.includes("arena"),
    enableMemPattern: memory.includes("pattern"),
    extra: { session: { intra_op: { allow_spinning: spinning } } },
  });
  const random = createRandom(2);
  const data = Float32Array.from({ length: BATCH * cells }, () => random.normal());
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

function medians(rounds: readonly Figures[]): Partial<Record<string, number>> {
  const names = Object.keys(rounds[0] ?? {}) as (keyof Figures)[];
  return Object.fromEntries(
    names.map((name) => {
      const values = rounds.map((figures) => figures[name]).sort((a, b) => a - b);
      return [name, Number(values[values.length >> 1]?.toPrecision(3))];
    }),
  );
}
