import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { saveModel } from "../../src/model/save-model.ts";
import { machineFrames } from "../machine-frames.ts";
import { tsFlags } from "../node-flags.ts";
import { tempFolder } from "../temp-folder.ts";
import { withFault, writeTrace } from "../trace-file.ts";
import { model } from "./machine-gateway.ts";

const script = fileURLToPath(new URL("replay-gateway.ts", import.meta.url));

describe("gateway process that is killed", () => {
  it("goes on with the open event after the restart: one incident, no message lost", async () => {
    const folder = tempFolder();
    const modelPath = join(folder, "model.onnx");
    await saveModel(model, modelPath);
    const out = join(folder, "events.jsonl");
    const frames = withFault(machineFrames(300, { seed: 7 }), 40, 200);
    const run = (name: string, from: number, to: number) => {
      const trace = writeTrace(join(folder, name), frames.slice(from, to));
      const words = [...tsFlags, script, modelPath, trace, join(folder, "outbox.db"), out];
      const child = spawn(process.execPath, words, { stdio: "inherit" });
      onTestFinished(() => void child.kill("SIGKILL"));
      return child;
    };
    const messages = (): { id: string; phase: string; revision: number }[] =>
      existsSync(out)
        ? readFileSync(out, "utf8")
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line))
        : [];

    const first = run("first.csv", 0, 190);
    await vi.waitFor(
      () => expect(messages().map(({ phase }) => phase)).toContain("opened"),
      20_000,
    );
    first.kill("SIGKILL");
    await once(first, "close");

    const [code] = await once(run("second.csv", 190, 300), "close");
    expect(code).toBe(0);
    const phases = messages().map(({ phase, revision }) => `${revision} ${phase}`);
    // At least once: the message under way when the process was killed may come again, as itself.
    expect(phases.length - new Set(phases).size).toBeLessThanOrEqual(1);
    expect([phases[0], phases.at(-1)]).toEqual(["0 opened", expect.stringContaining("closed")]);
    expect(new Set(messages().map(({ id }) => id)).size).toBe(1);
  });
});
