import type { Frame } from "../../core/frame.ts";
import type { OptimizationStep } from "../../core/model-card.ts";
import { GatewayError } from "../../errors.ts";
import { requireKnown } from "../../math/range-checks.ts";
import type { Source } from "../../sources/source.ts";

export interface OptimizeModelOptions {
  /**
   * Put the matrices into 8 bits: the file becomes three to four times smaller, and networks from about 128 cells on faster.
   * @defaultValue `false`
   */
  readonly int8?: boolean;
  /**
   * Write the graph as ONNX Runtime has prepared it for this machine, in the runtime's own format: it loads faster, but only
   * ONNX Runtime opens it, and another kind of processor may not run it.
   * @defaultValue `false`
   */
  readonly ort?: boolean;
  /**
   * A recording of the machine in use, as a source that ends or as frames with a cell for each of the model's tags. Both models score it.
   * @defaultValue none: the report says nothing of scores and alarms, and no change of alarms is refused
   */
  readonly calibration?: Source | Iterable<Frame>;
  /**
   * Refuse when more than this share of the windows gets another verdict, 0 to 1.
   * @defaultValue 0.01
   */
  readonly maxAlarmChange?: number;
}

/** The options with their defaults. */
export interface OptimizeSettings {
  readonly steps: readonly OptimizationStep[];
  readonly calibration: OptimizeModelOptions["calibration"];
  readonly maxAlarmChange: number;
}

const OWNER = "optimizeModel";

/** @throws GatewayError `CONFIG_INVALID` naming the option, what it must be, and what it is. */
export function requireOptimizeOptions(options: OptimizeModelOptions): OptimizeSettings {
  requireKnown(OWNER, options, ["int8", "ort", "calibration", "maxAlarmChange"]);
  const { int8 = false, ort = false, calibration, maxAlarmChange = 0.01 } = options;
  for (const [option, value] of Object.entries({ int8, ort })) {
    if (typeof value !== "boolean") throw invalid(`${option} must be true or false, got ${value}`);
  }
  if (!(maxAlarmChange >= 0 && maxAlarmChange <= 1)) {
    throw invalid(`maxAlarmChange must be a share from 0 to 1, got ${maxAlarmChange}`);
  }
  if (calibration !== undefined && !isCalibration(calibration)) {
    throw invalid(`calibration must be a source or frames, got ${typeof calibration}`);
  }
  const steps = [...(int8 ? ["int8" as const] : []), ...(ort ? ["ort" as const] : [])];
  if (steps.length > 0) return { steps, calibration, maxAlarmChange };
  throw new GatewayError("CONFIG_INVALID", `${OWNER}: expected int8, ort or both, got neither`, {
    hint: "Say what the model is to be made for: int8 for a smaller file, ort for a faster start.",
  });
}

function isCalibration(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && (Symbol.iterator in value || "readings" in value)
  );
}

function invalid(problem: string): GatewayError {
  return new GatewayError("CONFIG_INVALID", `${OWNER}: ${problem}`);
}
