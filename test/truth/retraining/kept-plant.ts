import type { Frame } from "../../../src/core/frame.ts";
import type { LabelVerdict } from "../../../src/core/label.ts";
import type { CaptureReason } from "../../../src/core/window-capture.ts";
import { derivedId } from "../../../src/derived-id.ts";
import { createRandom } from "../../../src/math/random.ts";
import { createSlidingFrames } from "../../../src/math/sliding-frames.ts";
import type { Model } from "../../../src/model/model.ts";
import type { Outbox } from "../../../src/outbox/outbox.ts";
import { sampleLabel } from "../../../src/testing/sample-messages.ts";
import { composeCapture } from "../../../src/truth/compose-capture.ts";
import { machineTags } from "../../machine-frames.ts";

export const START_MS: number = Date.UTC(2026, 10, 2);
export const MINUTE_MS = 60_000;

/** What happens to the three tags: current, pressure, temperature. */
export type Change = (values: Float64Array) => void;

/** A second pump joins in: more of everything, as it should be. */
export const secondPump: Change = (values) => {
  values.set([(values[0] as number) + 9, (values[1] as number) - 2, (values[2] as number) + 1]);
};

/** The machine runs hot, whatever its load. */
export const overheating: Change = (values) => {
  values[2] = (values[2] as number) + 4;
};

/** Frames of a machine under a wandering load, second by second. */
export function plantFrames(
  count: number,
  {
    seed = 1,
    firstMs = START_MS,
    change = () => {},
  }: {
    readonly seed?: number;
    readonly firstMs?: number;
    readonly change?: Change;
  } = {},
): Frame[] {
  const random = createRandom(seed);
  const phase = 100 * random.uniform();
  return Array.from({ length: count }, (_, row) => {
    const load = Math.sin(row / 7 + phase);
    const noise = (): number => 0.1 * random.normal();
    const values = Float64Array.of(
      20 + 5 * load + noise(),
      5 - load + noise(),
      60 + 3 * load + noise(),
    );
    change(values);
    return { timeMs: firstMs + row * 1000, periodMs: 1000, values, agesMs: new Float64Array(3) };
  });
}

export interface Happening {
  readonly atMs: number;
  readonly seed: number;
  readonly change?: Change;
  readonly reason?: CaptureReason;
  /** Where the window belongs to an event. */
  readonly eventId?: string;
  readonly machine?: string;
}

/** Keeps one window of what happened, judged by the model, as a gateway does. */
export async function keepWindow(
  outbox: Pick<Outbox, "keep">,
  model: Model,
  { atMs, seed, change, reason = "random", eventId, machine = "pump-1" }: Happening,
): Promise<string> {
  const { card, identity } = model;
  const sliding = createSlidingFrames(card.windowLength, 3, 1);
  const frames = plantFrames(card.windowLength, { seed, firstMs: atMs, ...(change && { change }) });
  const window = frames.map((frame) => sliding.push(frame)).at(-1);
  if (window === undefined) throw new Error("expected a window");
  const [score] = await model.score([window]);
  if (score === undefined) throw new Error("expected a score");
  const capture = composeCapture(
    {
      ...{ gateway: "plant", machine, model: identity, periodMs: 1000 },
      tags: machineTags.map(({ name }) => name),
    },
    { score, window },
    {
      ...{ reason, inclusionProbability: reason === "event" ? 1 : 0.01 },
      ...(eventId !== undefined && { eventId }),
    },
  );
  await outbox.keep([capture]);
  return capture.id;
}

/** Keeps what somebody says of an event or a window. */
export async function keepLabel(
  outbox: Pick<Outbox, "keep">,
  target: string,
  verdict: LabelVerdict,
  atMs: number = START_MS,
): Promise<void> {
  const id = derivedId("label", target, verdict, atMs);
  await outbox.keep([
    sampleLabel({ id, target, verdict, atMs, gateway: "plant", machine: "pump-1" }),
  ]);
}

/** Keeps windows of normal operation, one every ten minutes. */
export async function keepNormal(
  outbox: Pick<Outbox, "keep">,
  model: Model,
  count: number,
): Promise<void> {
  for (let nth = 0; nth < count; nth += 1) {
    await keepWindow(outbox, model, { atMs: START_MS + nth * 10 * MINUTE_MS, seed: 1_000 + nth });
  }
}

export interface Events {
  readonly name: string;
  readonly change: Change;
  readonly verdict?: LabelVerdict;
  /** Number of the first one. */
  readonly first?: number;
}

export function eventIdOf(name: string, nth: number): string {
  return derivedId(name, nth);
}

/** Keeps events of three windows each, one every four hours, and what is said of them. */
export async function keepEvents(
  outbox: Pick<Outbox, "keep">,
  model: Model,
  count: number,
  { name, change, verdict, first = 0 }: Events,
): Promise<void> {
  for (let nth = first; nth < first + count; nth += 1) {
    const eventId = eventIdOf(name, nth);
    const firstMs = START_MS + (nth * 240 + 2 + (name.length % 6)) * MINUTE_MS;
    for (const part of [0, 1, 2]) {
      const seed = 10_000 * name.length + 10 * nth + part;
      const atMs = firstMs + part * 20_000;
      await keepWindow(outbox, model, { atMs, seed, change, reason: "event", eventId });
    }
    if (verdict !== undefined) await keepLabel(outbox, eventId, verdict);
  }
}
