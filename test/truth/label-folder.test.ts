import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LabelInput } from "../../src/core/label.ts";
import { GatewayError } from "../../src/errors.ts";
import { laidDownLabels, layDownLabel, type TimedLabel } from "../../src/truth/label-folder.ts";
import { watchLabelFolder } from "../../src/truth/watch-label-folder.ts";
import { tsFlags } from "../node-flags.ts";
import { tempFolder } from "../temp-folder.ts";
import { START_MS } from "./labelled.ts";

const label = (target: string): TimedLabel => ({ target, verdict: "fault", atMs: START_MS });
const newFolder = (): string => join(tempFolder(), "events.db-labels");
const limit = { timeout: 20_000 };

/** Watches a folder for the rest of the test. */
function watch(folder: string, store: (label: LabelInput) => Promise<unknown>) {
  const [stored, troubles]: [string[], string[]] = [[], []];
  const subscription = watchLabelFolder(folder, {
    store,
    pollMs: 10,
    onTrouble: ({ message }) => troubles.push(message),
  }).subscribe({
    next: ({ target }) => stored.push(target),
    error: (error: unknown) => troubles.push(`failed: ${error}`),
  });
  onTestFinished(() => subscription.unsubscribe());
  return { stored, troubles, stop: () => subscription.unsubscribe() };
}

/** The targets of what lies there, or why it is no label. */
async function lying(folder: string): Promise<string[]> {
  const all = await laidDownLabels(folder);
  return all.map(({ label: one }) => (one instanceof GatewayError ? one.message : one.target));
}

describe("labels that are laid down", () => {
  it("lie there until they are taken and stored", async () => {
    const folder = newFolder();
    await layDownLabel(folder, label("a"));
    expect(await lying(folder)).toEqual(["a"]);
    const { stored, troubles } = watch(folder, async () => {});
    await expect.poll(() => stored, limit).toEqual(["a"]);
    await layDownLabel(folder, label("b"));
    await expect.poll(() => stored, limit).toEqual(["a", "b"]);
    await expect.poll(() => readdirSync(folder), limit).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it("come again as long as they cannot be stored, and that is said once", async () => {
    const folder = newFolder();
    await layDownLabel(folder, label("a"));
    let tries = 0;
    const { stored, troubles } = watch(folder, async () => {
      tries += 1;
      if (tries < 6) throw new GatewayError("OUTBOX_FULL", "no room");
    });
    await expect.poll(() => stored, limit).toEqual(["a"]);
    expect(troubles).toEqual(["no room"]);
    expect(tries).toBe(6);
  });

  it("come again after a stop between storing and forgetting", async () => {
    const folder = newFolder();
    await layDownLabel(folder, label("a"));
    const [all] = await laidDownLabels(folder);
    expect(all?.label).toEqual(label("a"));
    // Killed here: stored, and not forgotten.
    expect(await lying(folder)).toEqual(["a"]);
  });

  it("are set aside when they are none, and the others are taken", async () => {
    const folder = newFolder();
    await layDownLabel(folder, label("a"));
    writeFileSync(join(folder, "0-1.json"), "rubbish");
    writeFileSync(join(folder, "0-2.json"), `{"target":"b","verdict":"fault"}`);
    writeFileSync(join(folder, "0-3.json"), " ".repeat(70_000));
    await layDownLabel(folder, label("nobody knows"));
    const { stored, troubles } = watch(folder, async ({ target }) => {
      if (target !== "a") throw new GatewayError("LABEL_INVALID", `no event has the id ${target}`);
    });
    await expect
      .poll(() => readdirSync(folder), limit)
      .toEqual([
        "0-1.json.refused",
        "0-2.json.refused",
        "0-3.json.refused",
        expect.stringMatching(/\.json\.refused$/),
      ]);
    expect(stored).toEqual(["a"]);
    expect(troubles).toEqual([
      expect.stringContaining("0-1.json: expected JSON"),
      expect.stringContaining("0-2.json: label, atMs: expected when it was said, got none"),
      expect.stringContaining("0-3.json: expected at most 65536 bytes, got 70000"),
      "no event has the id nobody knows",
    ]);
  });

  it("are left alone while they are being written", async () => {
    const folder = newFolder();
    await layDownLabel(folder, label("a"));
    writeFileSync(join(folder, "9.json.123.draft"), `{"target":"to`);
    expect(await lying(folder)).toEqual(["a"]);
  });

  it("are left to the next start by a watch that was stopped", async () => {
    const folder = newFolder();
    for (const target of ["a", "b"]) await layDownLabel(folder, label(target));
    const first = watch(folder, async () => first.stop());
    await expect.poll(() => lying(folder), limit).toEqual(["b"]);
    const second = watch(folder, async () => {});
    await expect.poll(() => second.stored, limit).toEqual(["b"]);
  });

  it("cannot be laid down where nothing can be written, and that is said", async () => {
    const file = join(tempFolder(), "file");
    writeFileSync(file, "");
    const refused = layDownLabel(join(file, "labels"), label("a"));
    await expect(refused).rejects.toMatchObject({ code: "FILE_UNWRITABLE" });
    const { troubles } = watch(join(file, "labels"), async () => {});
    await expect.poll(() => troubles, limit).toEqual([expect.stringContaining("ENOTDIR")]);
  });

  it("refuse an unknown option of the watch", () => {
    const options = { store: async () => {}, every: 5 };
    expect(() => watchLabelFolder("labels", options)).toThrow('no option "every"');
  });
});

describe("kill -9", () => {
  const WRITER = `
    import { layDownLabel } from "./src/truth/label-folder.ts";
    for (let count = 0; ; count += 1) {
      const target = process.argv[1] + "-" + count;
      await layDownLabel(process.env.FOLDER, { target, verdict: "fault", atMs: ${START_MS} });
      process.stdout.write(target + "\\n");
    }`;
  const TAKER = `
    import { watchLabelFolder } from "./src/truth/watch-label-folder.ts";
    const store = async ({ target }) => void process.stdout.write(target + "\\n");
    watchLabelFolder(process.env.FOLDER, { store, pollMs: 1 }).subscribe();`;

  it("of writers and of the gateway loses no label that was laid down", {
    timeout: 120_000,
  }, async () => {
    const folder = newFolder();
    const [laidDown, stored] = [new Set<string>(), new Set<string>()];
    const run = (script: string, name: string, seen: Set<string>): ChildProcess => {
      const child = spawn(
        process.execPath,
        [...tsFlags, "--input-type=module", "-e", script, name],
        {
          env: { ...process.env, FOLDER: folder },
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      createInterface(child.stdout).on("line", (target) => seen.add(target));
      return child;
    };
    for (let kill = 0; kill < 5; kill += 1) {
      const [before, taken] = [laidDown.size, stored.size];
      const children = [
        run(WRITER, `${kill}x`, laidDown),
        run(WRITER, `${kill}y`, laidDown),
        run(TAKER, "", stored),
      ];
      await expect
        .poll(() => laidDown.size > before + 10 && stored.size > taken + 5, limit)
        .toBe(true);
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(children.map((child) => once(child, "close")));
    }
    for (const target of await lying(folder)) stored.add(target);
    expect([...laidDown].filter((target) => !stored.has(target))).toEqual([]);
  });
});
