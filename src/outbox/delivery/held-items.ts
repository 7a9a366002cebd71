import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { GatewayError } from "../../errors.ts";
import type { OutboxItem } from "../outbox.ts";
import type { BackOff } from "./back-off.ts";

/** What the receiver puts off for reasons of its own: how often, and until when it and what is behind it have to wait. */
export interface HeldItems {
  /**
   * Counts a failure of this item, and makes its machine wait.
   *
   * @returns for how many failures it was to blame
   */
  hold(item: OutboxItem, error: GatewayError, how: HowItFailed): number;
  /** Counts a failure of it alone, of which nobody knows yet whose fault it is; `delivered` is how many others have been delivered by now. */
  suspect(sequence: number, delivered: number): Suspicion;
  /** Lets go on whose time has come; returns whether there was one. */
  release(): boolean;
  /** Whether its machine has to wait: so that messages of one machine do not overtake each other. */
  mustWait(message: GatewayMessage): boolean;
  /** Whether a batch with it would fail as a whole. */
  isAlone(sequence: number): boolean;
  forget(sequence: number): void;
  /** Forgets what is in front of the oldest one that waits: it had to give way. */
  forgetBefore(sequence: number): void;
  /** How long until the next machine may go on; `undefined` when none waits. */
  waitMs(): number | undefined;
}

export interface HowItFailed {
  /** It is the item's own fault: others came through. */
  readonly isToBlame: boolean;
  /** It is to be tried alone from now on. */
  readonly isAlone: boolean;
}

export interface Suspicion {
  /** How often it has failed alone. */
  readonly failures: number;
  /** Whether others were delivered since it failed the last time. */
  readonly othersPassed: boolean;
}

interface Held {
  readonly retries: BackOff;
  failures: number;
  delivered: number | undefined;
  blamed: number;
  isAlone: boolean;
}

export function heldItems(newBackOff: () => BackOff, nowMs: () => number): HeldItems {
  const items = new Map<number, Held>();
  const lanes = new Map<string, number>(); // until when each waits

  const entryOf = (sequence: number): Held => {
    const entry = items.get(sequence) ?? {
      ...{ retries: newBackOff(), failures: 0, delivered: undefined },
      ...{ blamed: 0, isAlone: false },
    };
    items.set(sequence, entry);
    return entry;
  };

  return {
    hold({ sequence, message }, error, { isToBlame, isAlone }) {
      const held = entryOf(sequence);
      if (isToBlame) held.blamed += 1;
      held.isAlone ||= isAlone;
      lanes.set(laneOf(message), nowMs() + held.retries.nextMs(error));
      return held.blamed;
    },
    suspect(sequence, delivered) {
      const held = entryOf(sequence);
      const othersPassed = held.delivered !== undefined && delivered > held.delivered;
      held.failures += 1;
      held.delivered = delivered;
      return { failures: held.failures, othersPassed };
    },
    release() {
      const due = [...lanes].filter(([, untilMs]) => untilMs <= nowMs());
      for (const [lane] of due) lanes.delete(lane);
      return due.length > 0;
    },
    mustWait: (message) => lanes.has(laneOf(message)),
    isAlone: (sequence) => items.get(sequence)?.isAlone === true,
    forget: (sequence) => void items.delete(sequence),
    forgetBefore(sequence) {
      for (const held of items.keys()) if (held < sequence) items.delete(held);
    },
    waitMs: () => (lanes.size === 0 ? undefined : Math.min(...lanes.values()) - nowMs()),
  };
}

/** What must stay in order among itself. */
export function laneOf(message: GatewayMessage): string {
  return message.kind === "losses" ? "" : message.machine;
}
