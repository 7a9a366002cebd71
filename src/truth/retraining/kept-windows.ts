import type { WindowCapture } from "../../core/window-capture.ts";
import { GatewayError } from "../../errors.ts";
import { lengthOf, tensorOf } from "../dataset/dataset-row.ts";
import { type KeptMessages, keptOf } from "../dataset/kept-messages.ts";
import { readLabels, type TrueVerdict } from "../dataset/said-of-windows.ts";

/** A window that was kept, with what people say of it. */
export interface KeptWindow
  extends Pick<
    WindowCapture,
    | "id"
    | "eventId"
    | "machine"
    | "model"
    | "reason"
    | "inclusionProbability"
    | "endMs"
    | "periodMs"
    | "tags"
    | "score"
  > {
  /** Frames. */
  readonly length: number;
  /** Shape `[length, tags]`, engineering units; `NaN` where nothing is known. */
  readonly values: Float64Array;
  readonly coverage: number;
  /** Whether the model found it anomalous. */
  readonly isAnomalous: boolean;
  /** Absent where nobody has said anything that holds. */
  readonly verdict?: TrueVerdict;
}

/**
 * Reads all windows of one machine, oldest first, with the newest label of each or of its event.
 *
 * @param machine may be left out where all windows are of one machine
 * @throws GatewayError `CONFIG_INVALID` for a machine that has none, and for none named where there are several; `TRAINING_DATA_INSUFFICIENT` where there
 * is none at all; and what the outbox throws
 */
export async function readKeptWindows(
  source: KeptMessages,
  machine?: string,
): Promise<readonly KeptWindow[]> {
  const saidOf = await readLabels(source);
  const windows: KeptWindow[] = [];
  const machines = new Set<string>();
  for await (const capture of keptOf(source, "capture")) {
    machines.add(capture.machine);
    if (capture.machine !== (machine ?? capture.machine)) continue;
    windows.push(windowOf(capture, saidOf(capture).label?.verdict));
  }
  requireOne([...machines].sort(), machine);
  return windows.toSorted((a, b) => a.endMs - b.endMs);
}

function windowOf(capture: WindowCapture, verdict: TrueVerdict | undefined): KeptWindow {
  const { id, eventId, machine, model, reason, inclusionProbability } = capture;
  const { endMs, periodMs, tags, score } = capture;
  return {
    ...{ id, machine, model, reason, inclusionProbability, endMs, periodMs, tags, score },
    ...(eventId !== undefined && { eventId }),
    length: lengthOf(capture),
    values: Float64Array.from(tensorOf(capture, "window") ?? []),
    coverage: capture.coverage,
    isAnomalous: capture.score >= capture.threshold,
    ...(verdict && { verdict }),
  };
}

function requireOne(machines: readonly string[], asked: string | undefined): void {
  if (machines.length === 0) {
    throw new GatewayError("TRAINING_DATA_INSUFFICIENT", "expected kept windows, got none", {
      hint: "Let the gateway keep windows for some days, or train on a trace.",
    });
  }
  const known = machines.join(", ");
  if (asked === undefined && machines.length > 1) {
    throw new GatewayError("CONFIG_INVALID", `expected the windows of one machine, got ${known}`, {
      hint: "Name one of them.",
    });
  }
  if (asked === undefined || machines.includes(asked)) return;
  throw new GatewayError("CONFIG_INVALID", `machine: expected one of ${known}, got ${asked}`);
}
