import type { Frame, FrameWindow } from "../src/core/frame.ts";
import type { Tag } from "../src/core/tag.ts";
import { createRandom } from "../src/math/random.ts";

/** Three tags that move together with a load, each with noise of its own. */
export const machineTags: readonly Tag[] = [
  { name: "current", unit: "A", range: [0, 50] },
  { name: "pressure", unit: "bar", range: [0, 10] },
  { name: "temperature", unit: "°C" },
];

/** Frames of a small machine in normal operation, the same for the same seed. */
export function machineFrames(
  count: number,
  { seed = 1, firstMs = 1_000 }: { seed?: number; firstMs?: number } = {},
): Frame[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, row) => {
    const load = Math.sin(row / 7);
    const noise = (): number => 0.1 * random.normal();
    return {
      timeMs: firstMs + row * 1_000,
      periodMs: 1_000,
      values: Float64Array.of(20 + 5 * load + noise(), 5 - load + noise(), 60 + 3 * load + noise()),
      agesMs: new Float64Array(3),
    };
  });
}

/** The window that ends with the last of these frames, all measured. */
export function windowOf(
  frames: readonly Frame[],
  change: (values: Float64Array) => Float64Array = (values) => values,
): FrameWindow {
  const values = Float64Array.from(frames.flatMap((frame) => [...frame.values]));
  return {
    endMs: frames.at(-1)?.timeMs ?? 0,
    length: frames.length,
    tags: machineTags.length,
    values: change(values),
    coverage: 1,
  };
}
