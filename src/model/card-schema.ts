import { z } from "zod";
import type { ModelCard } from "../core/model-card.ts";
import { GatewayError } from "../errors.ts";
import { parseTagExpression } from "../math/running/tag-expression.ts";

export const CARD_FORMAT = 1;

const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

const finite = z.number();
const positive = z.number().positive();
const count = z.int().min(1);
const notNegative = z.number().min(0);

const tag = z.strictObject({
  name: z.string().min(1),
  unit: z.string().exactOptional(),
  range: z
    .tuple([finite, finite])
    .refine(([low, high]) => low < high, "a range must go from low to high")
    .exactOptional(),
  reporting: z.enum(["sampled", "on-change"]).exactOptional(),
});

const frames = z.int().min(0);

const sensor = z
  .strictObject({
    low: finite,
    high: finite,
    changeShare: z.number().min(0).max(1),
    longestUnchanged: frames,
    largestStep: notNegative,
    steadyNoise: notNegative,
    longestMissing: frames,
  })
  .refine(({ low, high }) => low <= high, "the values of a sensor must go from low to high");

const card = z
  .strictObject({
    format: z.literal(CARD_FORMAT),
    name: z.string().min(1),
    version: z.string().min(1),
    tags: z
      .array(tag)
      .min(1)
      .refine(
        (tags) => new Set(tags.map(({ name }) => name)).size === tags.length,
        "every tag must have a name of its own",
      ),
    periodMs: positive,
    windowLength: count,
    stride: count,
    output: z.enum(["reconstruction", "score"]).exactOptional(),
    normalizer: z.strictObject({
      kind: z.enum(["standard", "robust", "auto"]),
      center: z.array(finite),
      scale: z.array(positive),
      clip: positive,
      differenced: z.array(z.boolean()).exactOptional(),
    }),
    calibration: z.strictObject({
      residualScale: z.array(positive),
      whitening: z.array(finite).exactOptional(),
      precision: z.array(finite).exactOptional(),
      levelVariance: z.array(finite.nonnegative()).exactOptional(),
      logMean: finite,
      logDeviation: positive,
      windows: count,
      missingRise: z.array(notNegative).exactOptional(),
    }),
    drift: z
      .strictObject({ timeMs: positive, limit: positive, offset: z.array(finite) })
      .exactOptional(),
    smoothingMs: positive.exactOptional(),
    threshold: positive,
    warningThreshold: positive.exactOptional(),
    minCoverage: z.number().min(0).max(1),
    eventRule: z.strictObject({
      onDelayMs: notNegative,
      offDelayMs: notNegative,
      deadband: notNegative,
    }),
    sensors: z.array(sensor).exactOptional(),
    running: z
      .strictObject({ expression: z.string().min(1), settleMs: notNegative })
      .exactOptional(),
    golden: z.array(z.strictObject({ input: z.base64(), output: z.base64() })),
    goldenTolerance: positive.exactOptional(),
    provenance: z.strictObject({
      producer: z.string(),
      trainedFromMs: finite,
      trainedToMs: finite,
      frames: count,
      trainingWindows: count,
      seed: z.int().exactOptional(),
      epochs: frames.exactOptional(),
      layers: z.array(count).exactOptional(),
      trainingLoss: finite.exactOptional(),
      validationLoss: finite.exactOptional(),
      packedFrom: z.strictObject({ producer: z.string(), sha256: z.string() }).exactOptional(),
      optimizedFrom: z
        .strictObject({
          name: z.string(),
          version: z.string(),
          sha256: z.string(),
          steps: z.array(z.enum(["int8", "ort"])),
          machine: z.string(),
        })
        .exactOptional(),
    }),
    choices: z
      .array(z.strictObject({ setting: z.string(), value: z.string(), reason: z.string() }))
      .exactOptional(),
  })
  .refine(
    ({ tags, normalizer, calibration, drift }) =>
      [
        normalizer.center,
        normalizer.scale,
        normalizer.differenced ?? tags,
        calibration.residualScale,
        calibration.missingRise ?? tags,
        calibration.levelVariance ?? tags,
        drift?.offset ?? tags,
      ].every((values) => values.length === tags.length),
    "center, scale, differenced, residualScale, missingRise, levelVariance and offset must have one entry per tag",
  )
  .refine(
    ({ tags, calibration: { whitening, precision } }) =>
      [whitening, precision].every(
        (matrix) => (matrix?.length ?? tags.length ** 2) === tags.length ** 2,
      ),
    "whitening and precision must have one number per pair of tags",
  )
  .superRefine(({ tags, running }, context) => {
    if (running === undefined) return;
    const names = tags.map(({ name }) => name);
    try {
      parseTagExpression(running.expression, names);
    } catch (error) {
      context.addIssue({ code: "custom", path: ["running"], message: (error as Error).message });
    }
  })
  .refine(
    ({ tags, sensors = [] }) => sensors.length === 0 || sensors.length === tags.length,
    "there must be one sensor per tag, or none",
  )
  .refine(({ tags, windowLength, output: answer, golden }) => {
    const windowBytes = FLOAT_BYTES * windowLength * tags.length;
    const answerBytes = answer === "score" ? FLOAT_BYTES : windowBytes;
    return golden.every(
      ({ input, output }) => byteCount(input) === windowBytes && byteCount(output) === answerBytes,
    );
  }, "golden inputs and outputs must hold one float32 per cell of a window, or one per score");

function byteCount(base64: string): number {
  return Buffer.from(base64, "base64").length;
}

/**
 * Reads a card from its JSON.
 *
 * @throws GatewayError `MODEL_MISMATCH` for a layout of another version, `MODEL_INVALID` for anything else.
 */
export function parseCard(json: string, file: string): ModelCard {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch (cause) {
    throw new GatewayError("MODEL_INVALID", `${file}: the model card is not JSON`, { cause });
  }
  const format = (raw as { format?: unknown } | null)?.format;
  if (format !== CARD_FORMAT) {
    throw new GatewayError(
      "MODEL_MISMATCH",
      `${file}: expected a model card of format ${CARD_FORMAT}, got ${format}`,
      {
        hint: "Train the model again with this version, or install the version that made it.",
      },
    );
  }
  const parsed = card.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new GatewayError(
    "MODEL_INVALID",
    `${file}: the model card is wrong: ${z.prettifyError(parsed.error)}`,
  );
}
