import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/math/random.ts";
import { openEpochRunner } from "../../../src/model/epoch.ts";
import { initialState } from "../../../src/model/fit-state.ts";
import type { NetworkDesign } from "../../../src/model/onnx/network.ts";

interface Curve {
  readonly activation: "relu" | "tanh";
  readonly linear: boolean;
  readonly weighted: boolean;
  readonly losses: readonly number[];
}

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/torch/${name}`, import.meta.url));
const recorded: { readonly cases: readonly Curve[] } = JSON.parse(
  readFileSync(fixture("loss-curve.json"), "utf8"),
);

const rows = 330;
const window = { length: 5, tags: 4 };
const cells = window.length * window.tags;
const seed = 7;

function trainingFrames(): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from(
    { length: rows * window.tags },
    (_, cell) =>
      Math.sin(Math.floor(cell / window.tags) / (3 + (cell % window.tags))) +
      0.2 * (random.uniform() - 0.5),
  );
}

function designOf({ activation, linear, weighted }: Curve): NetworkDesign {
  const components = Float32Array.from({ length: 2 * cells }, (_, place) => {
    const [row, cell] = [Math.floor(place / cells), place % cells];
    return Math.sqrt(2 / cells) * Math.cos((Math.PI * (cell + 0.5) * (row + 1)) / cells);
  });
  return {
    layers: [cells, 12, 4, 12, cells],
    activation,
    ...(linear && { linear: { rank: 2, components } }),
    ...(weighted && {
      cellWeights: Float32Array.from({ length: cells }, (_, cell) => 1 + (cell % 3)),
    }),
  };
}

/** Mean training loss of five epochs. */
async function lossCurve(curve: Curve): Promise<readonly number[]> {
  const design = designOf(curve);
  const runner = await openEpochRunner(trainingFrames(), design, window, undefined);
  const starts = Uint32Array.from({ length: rows - window.length + 1 }, (_, start) => start);
  const settings = { seed, batchSize: 32, learningRate: 0.003, maxWindows: starts.length };
  const losses: number[] = [];
  let state = initialState(design, seed);
  while (state.epoch < 5) {
    const trained = await runner.train(state, starts, settings);
    state = trained.state;
    losses.push(trained.losses.reduce((sum, loss) => sum + loss, 0) / trained.losses.length);
  }
  await runner.release();
  return losses;
}

function hasTorch(): boolean {
  try {
    execFileSync("/usr/bin/python3", ["-c", "import torch"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("loss curve", () => {
  it.each(recorded.cases)(
    "is that of PyTorch for the same start and batches: $activation, linear part $linear, weighted cells $weighted",
    async (curve) => {
      const losses = await lossCurve(curve);
      curve.losses.forEach((expected, epoch) => {
        expect(Math.abs((losses[epoch] as number) / expected - 1)).toBeLessThan(1e-5);
      });
    },
  );

  it.skipIf(!hasTorch())("is recorded as PyTorch gives it here", { timeout: 120_000 }, () => {
    const printed = execFileSync("/usr/bin/python3", [fixture("loss-curve.py")], {
      encoding: "utf8",
    });
    const rerun: typeof recorded = JSON.parse(printed);
    rerun.cases.forEach(({ losses }, place) => {
      losses.forEach((loss, epoch) => {
        expect(loss).toBeCloseTo(recorded.cases[place]?.losses[epoch] as number, 6);
      });
    });
  });
});
