import { Observable } from "rxjs";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { Reading } from "../core/reading.ts";
import type { Machine } from "./machine.ts";
import { pushFrom } from "./mid-stream.ts";
import type { NewestReadings } from "./newest-readings.ts";
import { closeOrphans, resumedOf, withoutReadings } from "./orphans.ts";

/** The next in a row of machines. */
export interface Successor {
  /** Called when the one before has said all, with the newest messages of what it has left open. */
  begin(unclosed: readonly GatewayEvent[]): Machine;
  /** Called when it has said all itself, or when another one came before it could begin. */
  over(): void;
}

/** One machine after the other at the same place. */
export interface Relay extends Pick<Machine, "events" | "push" | "end"> {
  /** The one whose turn it is. */
  current(): Machine;
  /** Ends the present one. What is pushed from now on is the next one's, whenever it begins. */
  handOver(next: Successor): void;
}

/** The time from the last reading of one machine to the first of the next. */
interface Handover {
  readonly next: Successor;
  /** What came in meanwhile. */
  readonly backlog: Reading[];
  /** What was known when it began. */
  readonly newest: ReadonlyMap<string, Reading>;
}

/**
 * Lets machines follow each other.
 *
 * ```
 * readings  a-b-c-d-e-f-g     handed over between c and d
 * first     a-b-c|··s·s|      s = what it has queued is scored, then what it leaves open is closed
 * second    ···········(def)g
 * ```
 *
 * The second begins only then, so that their events come in order. What it can go on with stays open: it finds what a restart would find.
 *
 * @param unclosed what a run before has left to the first
 */
export function createRelay(
  first: Machine,
  unclosed: readonly GatewayEvent[],
  newest: NewestReadings,
): Relay {
  const open = new Map(resumedOf(unclosed, [first]).map((event) => [event.id, event]));
  let current = first;
  let { push } = first;
  let handover: Handover | undefined;
  let isEnded = false;

  const live = async (onEvent: (event: GatewayEvent) => void): Promise<void> => {
    const tell = (event: GatewayEvent): void => {
      if (event.phase === "closed") open.delete(event.id);
      else open.set(event.id, withoutReadings(event));
      onEvent(event);
    };
    await current.events.forEach(tell);
    while (handover) {
      await current.close();
      const { next, backlog, newest: known } = handover;
      handover = undefined;
      const left = [...open.values()];
      current = next.begin(left);
      push = pushFrom(current, known);
      closeOrphans(left, [current]).forEach(tell);
      const finished = current.events.forEach(tell);
      for (const reading of backlog) push(reading);
      if (isEnded) current.end();
      await finished;
      next.over();
    }
  };

  return {
    current: () => current,
    events: new Observable((listener) => {
      live((event) => listener.next(event)).then(
        () => listener.complete(),
        (error: unknown) => listener.error(error),
      );
    }),
    push(reading, place) {
      if (handover) handover.backlog.push(reading);
      else push(reading, place);
    },
    end() {
      isEnded = true;
      if (handover === undefined) current.end();
    },
    handOver(next) {
      if (handover) {
        handover.next.over();
        handover = { ...handover, next };
      } else {
        handover = { next, backlog: [], newest: newest.all() };
        current.end();
      }
    },
  };
}
