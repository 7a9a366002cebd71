import { createRandom } from "../../../src/math/random.ts";
import { choleskyInverse } from "../../../src/math/shrunk-covariance.ts";
import { squareRoot } from "../../../src/math/symmetric-eigen.ts";
import type { KernelCard } from "../../../src/model/kernel/window-kernel.ts";

export interface KernelShape {
  readonly tags: number;
  readonly windowLength: number;
  readonly seed: number;
}

/** What counts beside the residuals of every tag by itself. */
export interface KernelParts {
  readonly isWhitened?: boolean;
  readonly hasFrames?: boolean;
  /** Whether some tags count upwards. */
  readonly isCounter?: boolean;
  /**
   * Shape `[tags, tags]`, of residuals and of frames.
   * @defaultValue a random one
   */
  readonly covariance?: Float64Array;
}

/** A card of random, but sane figures. */
export function cardOf(
  { tags, windowLength, seed }: KernelShape,
  parts: KernelParts = {},
): KernelCard {
  const random = createRandom(seed);
  const each = (figure: (tag: number) => number): number[] =>
    Array.from({ length: tags }, (_, tag) => figure(tag));
  const covariance = parts.covariance ?? randomCovariance(tags, seed);
  const precision = choleskyInverse(covariance, tags);
  return {
    windowLength,
    tags: each(Number).map((tag) => ({ name: `tag${tag}` })),
    normalizer: {
      kind: "standard",
      center: each(() => 100 * random.normal()),
      scale: each(() => 0.1 + 10 * random.uniform()),
      clip: 10,
      ...(parts.isCounter && { differenced: each(Number).map((tag) => tag % 2 === 0) }),
    },
    calibration: {
      residualScale: each(() => 0.01 + random.uniform()),
      ...(parts.isWhitened && { whitening: [...squareRoot(precision, tags)] }),
      ...(parts.hasFrames && {
        precision: [...precision],
        levelVariance: each(() => random.uniform()),
      }),
      logMean: 0,
      logDeviation: 1,
      windows: 100,
    },
  };
}

/** Tags that vary by different amounts, and partly together. */
function randomCovariance(tags: number, seed: number): Float64Array {
  const random = createRandom(seed + 1);
  const sizes = Float64Array.from({ length: tags }, () => 0.1 + random.uniform());
  const loads = Float64Array.from({ length: tags }, () => random.normal() / 2);
  return Float64Array.from({ length: tags * tags }, (_, cell) => {
    const [row, column] = [Math.floor(cell / tags), cell % tags];
    const together = (loads[row] as number) * (loads[column] as number) + (row === column ? 1 : 0);
    return together * (sizes[row] as number) * (sizes[column] as number);
  });
}
