import { join } from "node:path";
import { expect, it } from "vitest";
import { loadModel } from "../../src/model/load-model.ts";
import { saveModel } from "../../src/model/save-model.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import { runCli } from "../cli/run-cli.ts";
import { machineFrames } from "../machine-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { model, outboxIn } from "./machine-gateway.ts";
import { run } from "./swap-gateway.ts";

/** As docs/retraining.md shows it. */
async function copyKept(outbox: Outbox, path: string): Promise<void> {
  const copy = openOutbox(path);
  for (const kind of ["capture", "label"] as const) {
    let after = 0;
    for (;;) {
      const items = await outbox.kept(kind, { after, limit: 100 });
      const last = items.at(-1);
      if (last === undefined) break;
      await copy.keep(items.map(({ message }) => message));
      after = last.sequence;
    }
  }
  await copy.close();
}

it("trains the next model on what a gateway has kept, and swaps it in, while the gateway runs", {
  timeout: 180_000,
}, async () => {
  const folder = tempFolder();
  const [base, next, lessons] = ["base.onnx", "next.onnx", "lessons.db"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await saveModel(model, base);
  const outbox = outboxIn(folder);
  const { gateway, play, modelNow } = await run({
    outbox,
    captures: { bytesPerDay: 20_000_000 },
  });
  const day = machineFrames(4_000, { seed: 7, firstMs: Date.UTC(2026, 0, 5) });
  play(0, 3_700, day); // windows are drawn by the hour
  const kept = (): number => {
    const { random = 0, novel = 0 } = gateway.health().machines[0]?.captures ?? {};
    return random + novel;
  };
  await expect.poll(kept, { timeout: 60_000 }).toBeGreaterThan(200);
  await copyKept(outbox, lessons);

  const trained = await runCli(
    ...["train", "--from-outbox", lessons, "--base", base, "--out", next, "--json"],
  );
  expect(trained.code, trained.stderr).toBe(0);
  const successor = await loadModel(next);
  const swapped = gateway.swapModel("pump-1", successor);
  play(3_700, 3_720, day);
  await swapped;
  expect(modelNow()).toEqual(successor.identity);
  expect(successor.identity.version).not.toBe(model.identity.version);
  await gateway.stop();
  expect(gateway.health().counters).toMatchObject({ frames: 3_720, windows: 3_693 + 13 });
  await successor.close();
});
