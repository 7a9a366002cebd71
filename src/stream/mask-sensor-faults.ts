import { defer, map, type OperatorFunction } from "rxjs";
import type { Frame } from "../core/frame.ts";
import type { SensorFault } from "../core/sensor-fault.ts";
import { createFrameMask, maskFrame } from "../math/mask-frame.ts";
import { createSensorFaultDetector } from "../math/sensor-fault-detector.ts";
import {
  type DetectSensorFaultsOptions,
  requireDetection,
  sensorFault,
} from "./detect-sensor-faults.ts";

export interface MaskSensorFaultsOptions extends DetectSensorFaultsOptions {
  /**
   * Told of every fault that opens or closes, before the frame that shows it goes on.
   * @defaultValue nobody is told
   */
  readonly onFault?: (fault: SensorFault) => void;
  /**
   * A frame with cells taken out is lent: it and its arrays are valid until the next one is emitted; copy what you keep.
   * @defaultValue false: every such frame is its receiver's
   */
  readonly reuse?: boolean;
}

/**
 * Takes the values of broken sensors out of the frames, so that the score goes on with the other tags.
 *
 * ```
 * frames  v-v-s-s-s-v-v-v-v|     s = a value that cannot be believed
 * masked  v-v-.-.-.-.-.-v-v|     . = the same frame, with an unknown cell in its place
 * ```
 *
 * A cell is unknown from the first doubtful frame on, before there is a fault, and until the fault is closed: the values
 * after a fault are seen again when they have been right for a while.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` as {@link detectSensorFaults}
 */
export function maskSensorFaults(options: MaskSensorFaultsOptions): OperatorFunction<Frame, Frame> {
  requireDetection("maskSensorFaults", options);
  const { card, reuse = false, onFault = () => {} } = options;
  return (frames) =>
    defer(() => {
      const detector = createSensorFaultDetector(options, options.resume);
      const mask = reuse ? createFrameMask(card.tags.length) : maskFrame;
      return frames.pipe(
        map((frame) => {
          for (const message of detector.push(frame)) onFault(sensorFault(options, message));
          return mask(frame, detector.mask);
        }),
      );
    });
}
