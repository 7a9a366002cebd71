import { createHash } from "node:crypto";
import type { GatewayError } from "../../errors.ts";
import { fullJitterMs } from "../../math/full-jitter.ts";
import type { Session } from "./session.ts";

/** Keeps one connection. */
export interface Link {
  /**
   * The connection, made now if there is none.
   * @throws GatewayError what making it throws
   */
  session(): Promise<Session>;
  /** Ends the connection, after `farewell`. */
  close(farewell: (session: Session) => Promise<void>): Promise<void>;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Makes a connection when it is first asked for. One that is lost is made anew by the next one who asks, or, when nobody does, after a
 * wait with full jitter that doubles up to a minute: nothing waits to be sent then, but what the broker says of
 * the gateway must not stay wrong. There is never more than one attempt under way.
 *
 * @param connect makes a connection that is ready for messages
 */
export function createLink(connect: (signal: AbortSignal) => Promise<Session>): Link {
  const closing = new AbortController();
  let current: Session | undefined;
  let attempt: Promise<Session> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const session = async (): Promise<Session> => {
    if (current && !current.lost.aborted) return current;
    attempt ??= connect(closing.signal).finally(() => (attempt = undefined));
    const made = await attempt;
    if (made !== current) adopt(made);
    return made;
  };

  const adopt = (made: Session): void => {
    current = made;
    clearTimeout(timer);
    made.lost.addEventListener("abort", () => reconnectLater(0));
    if (made.lost.aborted) reconnectLater(0);
  };

  const reconnectLater = (failures: number): void => {
    if (closing.signal.aborted) return;
    clearTimeout(timer);
    const wait = fullJitterMs(failures, FIRST_RETRY_MS, LONGEST_RETRY_MS, Math.random);
    timer = setTimeout(() => {
      session().catch(() => reconnectLater(failures + 1));
    }, wait);
    timer.unref();
  };

  return {
    session,
    async close(farewell) {
      closing.abort();
      clearTimeout(timer);
      await attempt?.catch(() => {});
      if (!current || current.lost.aborted) return;
      await farewell(current).catch((_: GatewayError) => {});
      await current.end();
    },
  };
}

/** The name of a client for ever, in the 23 letters and digits that every broker takes: who comes back after a crash replaces itself. */
export function clientIdOf(...names: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify(names)).digest("hex");
  return `wheeltapper${digest.slice(0, 12)}`;
}
