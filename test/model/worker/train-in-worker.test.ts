import { readdirSync, writeFileSync } from "node:fs";
import { constants, getPriority } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../../src/errors.ts";
import { fileCheckpoint, fingerprint } from "../../../src/model/checkpoint.ts";
import type { TrainingProgress } from "../../../src/model/fit-network.ts";
import { learnModel, type TrainingJob } from "../../../src/model/learn-model.ts";
import { packError, unpackError } from "../../../src/model/worker/portable-error.ts";
import { trainHere } from "../../../src/model/worker/train-here.ts";
import { runWorker, trainInWorker } from "../../../src/model/worker/train-in-worker.ts";
import { findWorkerScript } from "../../../src/model/worker/worker-script.ts";
import buildOptions from "../../../tsup.config.ts";
import { tempFolder } from "../../temp-folder.ts";
import { trainingJob } from "./training-job.ts";

const company = { onProgress: () => {}, signal: undefined, checkpointPath: undefined };

/** Priorities of all threads of this process. */
function priorities(): number[] {
  return readdirSync("/proc/self/task").flatMap((thread) => {
    try {
      return getPriority(Number(thread));
    } catch {
      return []; // it has just ended
    }
  });
}

/** A script in the place of ours. */
function script(code: string): { readonly path: string } {
  const path = join(tempFolder(), "script.mjs");
  writeFileSync(path, code);
  return { path };
}

/** Trains with a checkpoint after every epoch, until the process would have died in this one. */
async function trainUntilEpoch(last: number, job: TrainingJob, path: string): Promise<void> {
  const checkpoint = fileCheckpoint(path, fingerprint(job), 0);
  const onProgress = ({ epoch }: TrainingProgress): void => {
    if (epoch === last) throw new Error("power cut");
  };
  const training = learnModel(job, { onProgress, signal: undefined, checkpoint });
  await expect(training).rejects.toThrow("power cut");
}

describe("trainInWorker", () => {
  it("makes the same model as training on this thread, byte for byte", async () => {
    const here = await trainHere(await trainingJob(), company);
    const there = await trainInWorker(await trainingJob(), company);
    expect(Buffer.from(there).equals(here)).toBe(true);
  });

  it("leaves this thread free: its timers go on while training does, and progress comes in between", async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const turnsAt: number[] = [];
    const seen: TrainingProgress[] = [];
    const onProgress = (progress: TrainingProgress): void => {
      seen.push(progress);
      turnsAt.push(turns);
    };
    await trainInWorker(await trainingJob(), { ...company, onProgress });
    clearInterval(timer);
    expect(seen.map(({ epoch }) => epoch)).toEqual(seen.map((_, place) => place + 1));
    expect(turnsAt[0]).toBeGreaterThan(0);
    expect(turnsAt.at(-1)).toBeGreaterThan(turnsAt[0] as number);
  });

  it.runIf(process.platform === "linux")(
    "gives way to this thread, whose priority stays",
    async () => {
      const before = getPriority();
      const seen: number[] = [];
      const onProgress = (): number => seen.push(...priorities());
      await trainInWorker(await trainingJob(), { ...company, onProgress });
      expect(Math.max(...seen)).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
      expect(getPriority()).toBe(before);
    },
  );

  it("gives the arrays away instead of copying them", async () => {
    const job = await trainingJob();
    await trainInWorker(job, company);
    expect(job.table.values).toHaveLength(0);
  });

  it("stops when aborted, with the reason, and leaves no thread behind", async () => {
    const controller = new AbortController();
    const reason = new Error("the operator changed his mind");
    const onProgress = (): void => controller.abort(reason);
    await expect(
      trainInWorker(await trainingJob(), { ...company, onProgress, signal: controller.signal }),
    ).rejects.toBe(reason);
    expect(process.getActiveResourcesInfo()).not.toContain("MessagePort");
  });

  it("does not even start when it is aborted already", async () => {
    const job = await trainingJob();
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(trainInWorker(job, { ...company, signal })).rejects.toThrow("too late");
    expect(job.table.values.length).toBeGreaterThan(0);
  });

  it("ends a thread that does not stop by itself", async () => {
    const hung = script("setInterval(() => {}, 1000); for (;;) {}");
    const controller = new AbortController();
    const training = runWorker(
      hung,
      await trainingJob(),
      { ...company, signal: controller.signal },
      10,
    );
    controller.abort(new Error("enough"));
    await expect(training).rejects.toThrow("enough");
  });

  it("fails with what onProgress throws", async () => {
    const mistake = new TypeError("a mistake of the caller");
    const onProgress = (): never => {
      throw mistake;
    };
    await expect(trainInWorker(await trainingJob(), { ...company, onProgress })).rejects.toBe(
      mistake,
    );
  });

  it("brings errors over with code, hint and cause", async () => {
    const [job, same] = [await trainingJob(20), await trainingJob(20)];
    const expected = await trainHere(same, company).catch((error: unknown) => error);
    const failure = await trainInWorker(job, company).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GatewayError);
    expect(failure).toMatchObject({ code: "TRAINING_DATA_INSUFFICIENT" });
    expect(JSON.stringify(failure)).toBe(JSON.stringify(expected));
  });

  it.each([
    ["with exit code 7", "process.exit(7)"],
    ["by an error", "throw new Error('out of luck')"],
    ["with exit code 0", ""],
  ])("says that the thread died %s", async (how, code) => {
    await expect(runWorker(script(code), await trainingJob(), company)).rejects.toMatchObject({
      code: "TRAINING_FAILED",
      message: `the training thread ended ${how}, without a model`,
      retryable: true,
    });
  });

  it("goes on from the checkpoint of an aborted training, to the same bytes, and removes it", async () => {
    const folder = tempFolder();
    const checkpointPath = join(folder, "training.checkpoint");
    const whole = await trainHere(await trainingJob(), company);
    await trainUntilEpoch(3, await trainingJob(), checkpointPath);
    const resumed: number[] = [];
    const onProgress = ({ epoch }: TrainingProgress): number => resumed.push(epoch);
    const model = await trainInWorker(await trainingJob(), {
      ...company,
      onProgress,
      checkpointPath,
    });
    expect(resumed[0]).toBeGreaterThan(1);
    expect(Buffer.from(model).equals(whole)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("findWorkerScript", () => {
  it.each(["training", "scoring"] as const)(
    "finds the %s script under the name that the build gives it",
    (thread) => {
      const { entry } = buildOptions as { readonly entry: Readonly<Record<string, string>> };
      const source = `${thread}-worker.ts`;
      const [name] = Object.keys(entry).filter((key) => entry[key]?.endsWith(source));
      const folder = tempFolder();
      writeFileSync(join(folder, `${name}.js`), "");
      expect(findWorkerScript(thread, `file://${folder}/chunk.js`)).toEqual({
        path: join(folder, `${name}.js`),
      });
    },
  );

  it("finds nothing beside a module that a bundler made, so that the work stays on this thread", () => {
    expect(findWorkerScript("training", `file://${tempFolder()}/app.js`)).toBeUndefined();
    expect(findWorkerScript("training", undefined)).toBeUndefined();
    expect(findWorkerScript("training", "https://cdn.example/app.js")).toBeUndefined();
  });
});

describe("an error that goes to another thread", () => {
  const sent = (error: unknown): Error => unpackError(structuredClone(packError(error)));

  it("keeps its code, its hint, whether to try again, and its causes", () => {
    const cause = new TypeError("deep", { cause: new RangeError("deeper") });
    const options = { cause, retryable: true, hint: "Try again." };
    const error = sent(new GatewayError("SOURCE_UNREACHABLE", "no answer", options));
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({
      ...{ code: "SOURCE_UNREACHABLE", message: "no answer", retryable: true, hint: "Try again." },
      cause: {
        name: "TypeError",
        message: "deep",
        cause: { name: "RangeError", message: "deeper" },
      },
    });
  });

  it("may be no error at all", () => {
    expect(sent("just text").message).toBe("just text");
    expect(sent(new TypeError("a mistake"))).toMatchObject({
      name: "TypeError",
      message: "a mistake",
    });
  });
});
