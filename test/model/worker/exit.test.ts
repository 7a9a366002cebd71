import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { tsFlags } from "../../node-flags.ts";
import { tempFolder } from "../../temp-folder.ts";
import { CELLS, network, scoringScript } from "./scoring.ts";

/** Runs code in a process of its own; `from(path)` names a module of this repository. */
async function runProcess(code: (from: (path: string) => string) => string): Promise<object> {
  const file = join(tempFolder(), "main.ts");
  const from = (path: string): string =>
    JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);
  writeFileSync(file, code(from));
  const child = spawn(process.execPath, [...tsFlags, file]);
  const [said, complaint, [exitCode, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { said, complaint, exitCode, signal };
}

/** A process that has a `session` in a worker, and `feeds` for it. */
function runScoring(code: string, windows = 256): Promise<object> {
  const model = join(tempFolder(), "network.onnx");
  writeFileSync(model, network);
  return runProcess(
    (from) => `
      import { readFileSync } from "node:fs";
      import { openWorkerSession } from ${from("src/model/worker/worker-session.ts")};
      const bytes = new Uint8Array(readFileSync(${JSON.stringify(model)}));
      const order = { bytes, name: "network", settings: {} };
      const session = await openWorkerSession(${JSON.stringify(scoringScript())}, order);
      const data = new Float32Array(${windows * CELLS}).fill(0.5);
      const feeds = { windows: { data, dimensions: [${windows}, ${CELLS}] } };
      ${code}`,
  );
}

const endedWell = { complaint: "", exitCode: 0, signal: null };

describe("a process with a session in a worker", () => {
  it("ends by itself when nothing runs, though the session was not released", async () => {
    const code = "await session.run(feeds); console.log('done');";
    expect(await runScoring(code)).toEqual({ ...endedWell, said: "done\n" });
  });

  it("does not end before the runs that were asked for", async () => {
    const code = "for (const name of 'abc') session.run(feeds).then(() => console.log(name));";
    expect(await runScoring(code)).toEqual({ ...endedWell, said: "a\nb\nc\n" });
  });

  it("may be ended in the middle of a run", async () => {
    const code = `
      await session.run(feeds);
      void session.run(feeds);
      setTimeout(() => process.exit(3), 20);`;
    const ended = await runScoring(code, 8_192);
    expect(ended).toEqual({ ...endedWell, said: "", exitCode: 3 });
  });
});

describe("a process that trains in a worker", () => {
  it("may be ended in the middle of it", async () => {
    const ended = await runProcess(
      (from) => `
        import { machineFrames, machineTags } from ${from("test/machine-frames.ts")};
        import { trainModel } from ${from("src/model/train-model.ts")};
        let epochs = 0;
        const onProgress = () => {
          epochs += 1;
          if (epochs === 2) setTimeout(() => process.exit(3), 20);
        };
        const options = { name: "machine", tags: machineTags, windowLength: 32, onProgress };
        await trainModel(machineFrames(2_000), options);`,
    );
    expect(ended).toEqual({ ...endedWell, said: "", exitCode: 3 });
  });
});
