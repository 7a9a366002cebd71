import { defer, from, mergeMap, type OperatorFunction } from "rxjs";
import type { Frame } from "../core/frame.ts";
import type { SensorFault } from "../core/sensor-fault.ts";
import { derivedId } from "../derived-id.ts";
import { GatewayError } from "../errors.ts";
import {
  createSensorFaultDetector,
  type SensorFaultMessage,
  type SensorFaultRule,
} from "../math/sensor-fault-detector.ts";
import { requireSensorLimits } from "../math/sensor-limits.ts";

export interface DetectSensorFaultsOptions extends SensorFaultRule {
  readonly gateway: string;
  readonly machine: string;
  /** The last messages of faults that were open when the gateway went down; they go on under their ids. */
  readonly resume?: readonly SensorFault[];
}

/**
 * Finds broken sensors in the frames of one machine: one id per fault, opened once, closed once.
 *
 * ```
 * frames  v-v-s-s-s-s-s-v-v-v|     s = a value that cannot be believed
 * faults  ----------o-------c|     the delays are some ten frames
 * ```
 *
 * What a healthy sensor does comes from the model's card: `detectSensorFaults({ gateway, machine, card: model.card })`. The
 * score must not see the values of a broken sensor: {@link maskSensorFaults} takes them out, and tells of the same faults.
 *
 * Delivery: the same frames make the same faults with the same ids. `readings` is empty; the gateway fills it.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for a missing gateway or machine, and for limits of a tag that there is not
 */
export function detectSensorFaults(
  options: DetectSensorFaultsOptions,
): OperatorFunction<Frame, SensorFault> {
  requireDetection("detectSensorFaults", options);
  return (frames) =>
    defer(() => {
      const detector = createSensorFaultDetector(options, options.resume);
      return frames.pipe(
        mergeMap((frame) =>
          from(detector.push(frame).map((message) => sensorFault(options, message))),
        ),
      );
    });
}

/** @throws GatewayError `CONFIG_INVALID` for the first option that is missing or wrong */
export function requireDetection(owner: string, options: DetectSensorFaultsOptions): void {
  const { gateway, machine, card, tags = card?.tags, limits = {} } = options;
  for (const [option, value] of Object.entries({ gateway, machine, card })) {
    if (value) continue;
    throw new GatewayError("CONFIG_INVALID", `${owner}: ${option} must be given, got ${value}`);
  }
  if (tags.length !== card.tags.length) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `${owner}: expected one tag per tag of the card (${card.tags.length}), got ${tags.length}`,
    );
  }
  requireSensorLimits(owner, limits, tags);
}

/** Says who a fault happened to. */
export function sensorFault(
  { gateway, machine }: Pick<SensorFault, "gateway" | "machine">,
  message: SensorFaultMessage,
): SensorFault {
  const { tag, fault, startMs } = message;
  const id = derivedId(gateway, machine, "sensor-fault", tag, fault, startMs);
  return { kind: "sensor-fault", id, gateway, machine, ...message, readings: [] };
}
