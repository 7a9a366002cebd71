import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type OnnxSession, openSession } from "../../../src/model/runtime.ts";
import type { ScoringOrder } from "../../../src/model/worker/scoring-message.ts";
import { trainHere } from "../../../src/model/worker/train-here.ts";
import { trainInWorker } from "../../../src/model/worker/train-in-worker.ts";
import type { WorkerScript } from "../../../src/model/worker/worker-script.ts";
import { openWorkerSession } from "../../../src/model/worker/worker-session.ts";
import { tempFolder } from "../../temp-folder.ts";
import {
  CELLS,
  feedsOf,
  network,
  order,
  scoringScript,
  scriptThatStartsWith,
  threadsStarted,
} from "./scoring.ts";
import { trainingJob } from "./training-job.ts";

const company = { onProgress: () => {}, signal: undefined, checkpointPath: undefined };

async function open(script: WorkerScript = scoringScript()): Promise<OnnxSession> {
  const session = await openWorkerSession(script, order);
  onTestFinished(() => session.release());
  return session;
}

/** What the network says on this thread. */
async function outputHere(windows: number, seed: number): Promise<number[]> {
  const session = await openSession(network, "network");
  const { reconstruction } = await session.run(feedsOf(windows, seed));
  await session.release();
  return Array.from(reconstruction?.data as Float32Array);
}

async function outputOf(session: OnnxSession, windows: number, seed: number): Promise<number[]> {
  const { reconstruction } = await session.run(feedsOf(windows, seed));
  expect(reconstruction?.dimensions).toEqual([windows, CELLS]);
  return Array.from(reconstruction?.data as Float32Array);
}

/** Code that does something at the n-th run of all lives of a thread. */
function atRun(folder: string, action: string): string {
  return `
    import { appendFileSync, readFileSync } from "node:fs";
    import { parentPort } from "node:worker_threads";
    const log = ${JSON.stringify(join(folder, "runs"))};
    const on = parentPort.on.bind(parentPort);
    // A listener of one's own would start the port before the thread listens: what comes first would be lost.
    parentPort.on = (event, listen) => on(event, (question) => {
      if (question.type === "run") {
        appendFileSync(log, "x");
        const run = readFileSync(log, "utf8").length;
        ${action}
      }
      listen(question);
    });`;
}

describe("a session in a worker", () => {
  it("gives what one on this thread gives, bit by bit, for batches of any size", async () => {
    const session = await open();
    const here = await openSession(network, "network");
    expect(session.inputs).toEqual(here.inputs);
    expect(session.outputs).toEqual(here.outputs);
    await here.release();
    for (const windows of [3, 1, 64, 7, 256]) {
      expect(await outputOf(session, windows, windows)).toEqual(await outputHere(windows, windows));
    }
  });

  it("keeps the results of a run when the next one is made", async () => {
    const session = await open();
    const first = (await session.run(feedsOf(2, 1)))["reconstruction"];
    await session.run(feedsOf(2, 2));
    expect(Array.from(first?.data as Float32Array)).toEqual(await outputHere(2, 1));
  });

  it("writes into targets and answers with them", async () => {
    const session = await open();
    const pool = new Float32Array(4 * CELLS).fill(7);
    const target = { data: pool.subarray(CELLS, 3 * CELLS), dimensions: [2, CELLS] };
    const results = await session.run(feedsOf(2, 5), { reconstruction: target });
    expect(results["reconstruction"]).toBe(target);
    expect(Array.from(target.data)).toEqual(await outputHere(2, 5));
    expect(pool[CELLS - 1]).toBe(7);
    expect(pool[3 * CELLS]).toBe(7);
    const small = { data: new Float32Array(CELLS), dimensions: [1, CELLS] };
    await expect(session.run(feedsOf(2), { reconstruction: small })).rejects.toThrow(
      `expected a target of the shape [2,${CELLS}], got [1,${CELLS}]`,
    );
  });

  it("makes the runs that are asked for at once in their order", async () => {
    const session = await open();
    const done: number[] = [];
    const seeds = [1, 2, 3, 4, 5];
    const outputs = await Promise.all(
      seeds.map(async (seed) => {
        const output = await outputOf(session, 300 - 50 * seed, seed);
        done.push(seed);
        return output;
      }),
    );
    expect(done).toEqual(seeds);
    expect(outputs[3]).toEqual(await outputHere(100, 4));
  });

  it("leaves the event loop free during a run", async () => {
    const session = await open();
    const feeds = feedsOf(4_096);
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await session.run(feeds);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });

  it("fails a run as one on this thread fails, and goes on", async () => {
    const session = await open();
    const here = await openSession(network, "network");
    const wrong = { windows: { data: new Float32Array(6), dimensions: [2, 3] } };
    const expected = await here.run(wrong).catch((error: Error) => error.message);
    await here.release();
    expect(expected).toContain("Expected: 512");
    await expect(session.run(wrong)).rejects.toThrow(String(expected));
    expect(await outputOf(session, 1, 1)).toEqual(await outputHere(1, 1));
  });

  it("refuses a graph that ONNX Runtime refuses, and leaves no thread behind", async () => {
    const threads = threadsStarted();
    const broken: ScoringOrder = { ...order, bytes: network.slice(0, 1_000) };
    await expect(openWorkerSession(scoringScript(), broken)).rejects.toMatchObject({
      code: "MODEL_INVALID",
    });
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1]);
  });

  it("is not disturbed by a training in a worker beside it, nor disturbs it", async () => {
    const session = await open();
    const expected = await trainHere(await trainingJob(), company);
    const training = trainInWorker(await trainingJob(), company);
    const output = await outputHere(16, 3);
    for (let run = 0; run < 20; run += 1) expect(await outputOf(session, 16, 3)).toEqual(output);
    expect(Buffer.from(await training).equals(expected)).toBe(true);
    expect(await outputOf(session, 16, 3)).toEqual(output);
  });
});

describe("a worker that dies", () => {
  it("in a run, terminated, is replaced, and every run has its one result", async () => {
    const threads = threadsStarted();
    const folder = tempFolder();
    const session = await open(
      scriptThatStartsWith(atRun(folder, "if (run === 1) for (;;) {} // hangs")),
    );
    const runs = [1, 2, 3].map((seed) => outputOf(session, 8, seed));
    await vi.waitUntil(() => existsSync(join(folder, "runs")), { timeout: 20_000 });
    await threads[0]?.terminate();
    const expected = await Promise.all([1, 2, 3].map((seed) => outputHere(8, seed)));
    expect(await Promise.all(runs)).toEqual(expected);
    expect(readFileSync(join(folder, "runs"), "utf8")).toBe("xxxx");
    expect(threads).toHaveLength(2);
  });

  it.each([
    ["exits", "if (run === 2 || run === 3) process.exit(7);"],
    ["throws", "if (run === 2) throw new Error('out of luck');"],
  ])("is replaced when it %s", async (_, action) => {
    const folder = tempFolder();
    const session = await open(scriptThatStartsWith(atRun(folder, action)));
    const outputs = [];
    for (const seed of [1, 2, 3]) outputs.push(await outputOf(session, 4, seed));
    for (const seed of [1, 2, 3]) expect(outputs[seed - 1]).toEqual(await outputHere(4, seed));
    expect(readFileSync(join(folder, "runs"), "utf8").length).toBeGreaterThan(3);
  });

  it("between two runs is replaced by the next one", async () => {
    const threads = threadsStarted();
    const session = await open();
    await outputOf(session, 1, 1);
    await threads[0]?.terminate();
    expect(await outputOf(session, 1, 2)).toEqual(await outputHere(1, 2));
    expect(threads).toHaveLength(2);
  });

  it("three times in one run fails it, and it alone", async () => {
    const folder = tempFolder();
    const session = await open(
      scriptThatStartsWith(atRun(folder, "if (run > 1 && run < 5) process.exit(7);")),
    );
    await outputOf(session, 1, 1);
    const [killer, next] = [session.run(feedsOf(1, 2)), outputOf(session, 1, 3)];
    await expect(killer).rejects.toMatchObject({
      code: "SCORING_FAILED",
      message: "network: the scoring thread ended with exit code 7, 3 times in a row",
    });
    expect(await next).toEqual(await outputHere(1, 3));
  });

  it("three times before it is open does not open", async () => {
    const log = join(tempFolder(), "lives");
    const code = `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(log)}, "x"); throw new Error("no luck");`;
    await expect(openWorkerSession(scriptThatStartsWith(code), order)).rejects.toMatchObject({
      code: "SCORING_FAILED",
      cause: { message: "no luck" },
    });
    expect(readFileSync(log, "utf8")).toBe("xxx");
  });
});

describe("release of a session in a worker", () => {
  it("waits for the runs that were asked for, refuses later ones, and leaves no thread behind", async () => {
    const threads = threadsStarted();
    const session = await openWorkerSession(scoringScript(), order);
    const runs = [outputOf(session, 512, 1), outputOf(session, 4, 2)];
    const released = session.release();
    await expect(session.run(feedsOf(1))).rejects.toThrow("released");
    expect(await Promise.all(runs)).toEqual([await outputHere(512, 1), await outputHere(4, 2)]);
    await released;
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1]);
  });
});
