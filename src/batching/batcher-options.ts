import {
  requireCount,
  requireKnown,
  requireNotNegative,
  requireOneOf,
} from "../math/range-checks.ts";
import { batchSizeOf } from "../model/open-batch.ts";
import type { Scorer } from "../model/scorer.ts";
import type { Overload } from "./overload.ts";

export interface MicroBatcherOptions {
  /**
   * Windows scored in one run at most.
   * @defaultValue 256, fewer where they have more than 16,384 cells
   */
  readonly maxBatch?: number;
  /**
   * How long a window waits at most for others to share its run. One that comes after a pause as long does not wait.
   * @defaultValue 5
   */
  readonly maxDelayMs?: number;
  /**
   * Windows of all streams that may wait together, where `overload` bounds them.
   * @defaultValue as many as fit into 32 MB, one batch at least: 16,384 of 32 frames x 8 tags
   */
  readonly maxWaiting?: number;
  /**
   * What gives way when windows come faster than they are scored.
   * @defaultValue `wait`
   */
  readonly overload?: Overload;
  /** Told when more than `maxWaiting` wait, with what resolves once half of them are gone: time to hold recordings back. */
  readonly onFull?: (room: Promise<void>) => void;
}

const OWNER = "createMicroBatcher";
const KNOWN = ["maxBatch", "maxDelayMs", "maxWaiting", "overload", "onFull"] as const;
const OVERLOADS = ["wait", "widen-strides", "drop-oldest"] as const;
const WAITING_BYTES = 32 * 1024 ** 2;

/** @throws GatewayError `CONFIG_INVALID` for an option that is unknown or out of range */
export function completeOptions(
  model: Scorer,
  options: MicroBatcherOptions,
): Required<MicroBatcherOptions> {
  requireKnown(OWNER, options, KNOWN);
  const { maxBatch = batchSizeOf(model.card), maxDelayMs = 5 } = options;
  const { overload = "wait", onFull = () => {} } = options;
  requireCount(OWNER, { maxBatch });
  requireNotNegative(OWNER, { maxDelayMs });
  requireOneOf(OWNER, "overload", overload, OVERLOADS);
  const { maxWaiting = defaultRoom(model, maxBatch) } = options;
  requireCount(OWNER, { maxWaiting });
  return { maxBatch, maxDelayMs, maxWaiting, overload, onFull };
}

function defaultRoom({ card }: Scorer, maxBatch: number): number {
  const bytes = Float64Array.BYTES_PER_ELEMENT * card.windowLength * card.tags.length;
  return Math.max(maxBatch, Math.floor(WAITING_BYTES / bytes));
}
