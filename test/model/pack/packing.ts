import { readFileSync } from "node:fs";
import type { Score } from "../../../src/core/score.ts";
import type { Model } from "../../../src/model/model.ts";
import { packModel } from "../../../src/model/pack/pack-model.ts";
import type { PackModelOptions } from "../../../src/model/pack/pack-options.ts";
import { machineFrames, machineTags, windowOf } from "../../machine-frames.ts";

/** A model file that PyTorch has exported. */
export function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../../fixtures/models/${name}.onnx`, import.meta.url));
}

/** Packs for the small machine, on ten minutes of normal operation that no fixture has learnt from. */
export function packFor(
  onnx: Uint8Array | string,
  options: Partial<PackModelOptions> = {},
): Promise<Model> {
  return packModel(typeof onnx === "string" ? fixture(onnx) : onnx, {
    name: "pump",
    normal: machineFrames(600, { seed: 3 }),
    tags: machineTags,
    ...options,
  });
}

/** The scores of a normal window, and of one whose pressure is 1.5 bar too high. */
export async function normalAndFaulty(model: Model): Promise<{ normal: Score; faulty: Score }> {
  const frames = machineFrames(8, { seed: 9 });
  const [normal, faulty] = await model.score([
    windowOf(frames),
    windowOf(frames, (values) => values.map((value, cell) => value + (cell % 3 === 1 ? 1.5 : 0))),
  ]);
  return { normal, faulty } as { normal: Score; faulty: Score };
}
