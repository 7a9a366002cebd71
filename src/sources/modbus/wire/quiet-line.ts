import { setTimeout as sleep } from "node:timers/promises";
import type { Exchange } from "./modbus-exchange.ts";
import { requestOfOtherLength, type UnansweredRequests } from "./unanswered-requests.ts";

export interface QuietLine {
  read: Exchange;
  /** Every frame on the line goes here first, also the ones that nobody waits for. */
  heard(frame: Buffer): void;
  close(): void;
}

/**
 * Keeps late answers from being taken for the answers to other requests, on lines whose frames carry no transaction number.
 *
 * A unit that answered so far and now does not is probably slow: the line rests until its answer comes, for another
 * `timeoutMs` at most, lest it collide with the next request. A unit that goes on being silent is probably away, and the others
 * do not wait for it. Either way, and when it is asked for the first time, a unit is believed only when it has answered a request
 * of another length: that answer cannot be the late one, and everything asked before has been answered by then or never will be.
 *
 * @param gapMs silence between an answer and the next request
 * @param unanswered outlives the connection, since a converter passes late answers on to the next one
 */
export function quietLine(
  exchange: Exchange,
  gapMs: number,
  unanswered: UnansweredRequests,
): QuietLine {
  let freeAtMs = 0;
  let lateUnitId: number | undefined;
  let rest = Promise.resolve();
  let endRest = () => {};

  const beginRest = (unitId: number, restMs: number): void => {
    lateUnitId = unitId;
    rest = new Promise((resolve) => {
      const timer = setTimeout(resolve, restMs);
      endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };

  const ask: Exchange = async (request, timeoutMs) => {
    const waitMs = freeAtMs - performance.now();
    if (waitMs > 0) await sleep(Math.ceil(waitMs));
    const answeredSoFar = !unanswered.owes(request.unitId);
    unanswered.sent(request);
    try {
      return await exchange(request, timeoutMs);
    } catch (cause) {
      if (isSilence(cause) && answeredSoFar) beginRest(request.unitId, timeoutMs);
      throw cause;
    } finally {
      freeAtMs = performance.now() + gapMs;
    }
  };

  return {
    async read(request, timeoutMs) {
      await rest;
      const checkedByMs = performance.now() + timeoutMs;
      while (unanswered.mayConfuse(request)) {
        const leftMs = Math.max(1, Math.ceil(checkedByMs - performance.now()));
        await ask(requestOfOtherLength(request), leftMs).catch((cause: unknown) => {
          if (!isException(cause)) throw cause; // refused is answered
        });
      }
      return ask(request, timeoutMs);
    },
    heard(frame) {
      unanswered.heard(frame);
      if (lateUnitId !== undefined && !unanswered.owes(lateUnitId)) endRest();
    },
    close: () => endRest(),
  };
}

function isSilence(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === "ETIMEDOUT";
}

function isException(cause: unknown): boolean {
  return (cause as { modbusCode?: number }).modbusCode !== undefined;
}
