import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openSession } from "../../../src/model/runtime.ts";
import { openPlacedSession, type PlacedSession } from "../../../src/model/worker/placed-session.ts";
import { tempFolder } from "../../temp-folder.ts";
import { feedsOf, network, scoringScript, threadsStarted } from "./scoring.ts";

/** Shorter than any run. */
const AT_ONCE_MS = 1e-6;

async function open(
  workerAfterMs: number,
  script: { readonly path: string } | undefined = scoringScript(),
): Promise<PlacedSession> {
  const session = await openPlacedSession(network, "network", { workerAfterMs }, script);
  onTestFinished(() => session.release().catch(() => {}));
  return session;
}

async function outputsHere(count: number): Promise<number[][]> {
  const session = await openSession(network, "network");
  const outputs = [];
  for (let seed = 1; seed <= count; seed += 1) outputs.push(await outputOf(session, seed));
  await session.release();
  return outputs;
}

async function outputOf(session: Pick<PlacedSession, "run">, seed: number): Promise<number[]> {
  const { reconstruction } = await session.run(feedsOf(4, seed));
  return Array.from(reconstruction?.data as Float32Array);
}

/** Runs until the session has moved; gives what the runs gave. */
async function runUntilMoved(session: PlacedSession): Promise<number[][]> {
  const outputs: number[][] = [];
  await vi.waitUntil(
    async () => {
      outputs.push(await outputOf(session, outputs.length + 1));
      return session.place() === "worker";
    },
    { timeout: 20_000, interval: 1 },
  );
  return outputs;
}

describe("a session that finds its place", () => {
  it("starts on this thread and moves when its runs are too long, without losing or changing one", async () => {
    const session = await open(AT_ONCE_MS);
    expect(session.place()).toBe("main");
    const outputs = await runUntilMoved(session);
    outputs.push(await outputOf(session, outputs.length + 1));
    expect(outputs.length).toBeGreaterThan(7);
    expect(outputs).toEqual(await outputsHere(outputs.length));
  });

  it("loses none of the runs that were asked for at once", async () => {
    const session = await open(AT_ONCE_MS);
    const seeds = Array.from({ length: 60 }, (_, place) => place + 1);
    const runs = seeds.map((seed) => outputOf(session, seed));
    await vi.waitUntil(() => session.place() === "worker", { timeout: 20_000 });
    expect(await Promise.all(runs)).toEqual(await outputsHere(60));
  });

  it("is in the worker from the start when so told", async () => {
    const session = await open(0);
    expect(session.place()).toBe("worker");
    expect([await outputOf(session, 1)]).toEqual(await outputsHere(1));
  });

  it.each([
    ["that take less than the limit", 1e9],
    ["whatever they take, when so told", Number.POSITIVE_INFINITY],
  ])("stays on this thread with runs %s", async (_, workerAfterMs) => {
    const threads = threadsStarted();
    const session = await open(workerAfterMs);
    for (let run = 1; run <= 20; run += 1) await outputOf(session, run);
    expect(session.place()).toBe("main");
    expect(threads).toEqual([]);
  });

  it.each([0, AT_ONCE_MS])(
    "stays where there is no script for a worker: %s ms",
    async (limitMs) => {
      const session = await openPlacedSession(network, "network", { workerAfterMs: limitMs }, null);
      for (let run = 1; run <= 20; run += 1) await outputOf(session, run);
      expect(session.place()).toBe("main");
      await session.release();
    },
  );

  it("stays, and warns, when the worker does not open", async () => {
    const path = join(tempFolder(), "script.mjs");
    writeFileSync(path, "throw new Error('no luck')");
    const warnings: Error[] = [];
    const keep = (warning: Error): number => warnings.push(warning);
    process.on("warning", keep);
    onTestFinished(() => {
      process.off("warning", keep);
    });
    const session = await open(AT_ONCE_MS, { path });
    const outputs = [];
    for (let run = 1; run <= 20; run += 1) outputs.push(await outputOf(session, run));
    await vi.waitUntil(() => warnings.length > 0, { timeout: 20_000 });
    expect(warnings[0]).toMatchObject({ code: "WHEELTAPPER_SCORING" });
    expect(warnings[0]?.message).toContain("scoring stays on the thread that reads: network: ");
    outputs.push(await outputOf(session, 21));
    expect(outputs).toEqual(await outputsHere(21));
    expect(session.place()).toBe("main");
    expect(warnings).toHaveLength(1);
  });

  it("released while it moves leaves no thread behind, and the runs that were asked for are made", async () => {
    const threads = threadsStarted();
    const session = await openPlacedSession(network, "network", { workerAfterMs: AT_ONCE_MS });
    const runs: Promise<number[]>[] = [];
    await vi.waitUntil(
      async () => {
        runs.push(outputOf(session, runs.length + 1));
        await runs.at(-1);
        return threads.length > 0;
      },
      { timeout: 20_000, interval: 0 },
    );
    runs.push(outputOf(session, runs.length + 1));
    await session.release();
    expect(await Promise.all(runs)).toEqual(await outputsHere(runs.length));
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1]);
    await expect(session.run(feedsOf(1))).rejects.toThrow();
  });
});
