import { setTimeout as sleep } from "node:timers/promises";
import { Observable } from "rxjs";
import type { IncomingLabel } from "../core/label.ts";
import { GatewayError } from "../errors.ts";
import { fullJitterMs } from "../math/full-jitter.ts";
import { createPendingLabels } from "../math/pending-labels.ts";
import { requireKnown, requirePositive } from "../math/range-checks.ts";
import { requireSecret, type Secret } from "../sinks/secret.ts";
import {
  type AnsweredLabels,
  askForLabels,
  type LabelEndpoint,
  type PutOff,
} from "./ask-for-labels.ts";

export interface HttpLabelsOptions {
  /** What to ask; see the guide on labels for what it has to answer. */
  readonly url: string | URL;
  /** Sent as bearer token, and read anew each time; never shown. */
  readonly token?: Secret;
  /**
   * How often to ask, in milliseconds, give or take a tenth.
   * @defaultValue 60_000
   */
  readonly pollMs?: number;
  /**
   * Longest time for one answer, in milliseconds.
   * @defaultValue 10_000
   */
  readonly timeoutMs?: number;
  /**
   * Hears what went wrong: an endpoint that does not answer or refuses, a label that is none. While it lasts, once.
   * @defaultValue a process warning
   */
  readonly onTrouble?: (error: GatewayError) => void;
}

/** No wait between two failures is longer, unless the endpoint asks for it. */
const LONGEST_RETRY_MS = 600_000;
/** However long the endpoint asks to be left alone. */
const LONGEST_WAIT_MS = 24 * 3_600_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Asks an HTTP endpoint for labels, again and again: an array in JSON, which may leave out what an earlier answer had. Subscribing asks at once; it never
 * completes and never fails.
 *
 *     answers  --[a,b]--500----[ ]--[c,?]--
 *     labels   --a-b------------------c----     ?: no label, reported and left out
 *
 * After a failure it waits with full jitter, up to 10 minutes, or as long as `Retry-After` says. A redirect is not followed: it would take the token to
 * another host.
 *
 * Delivery: at least once, for as long as the endpoint gives what it was asked for. It is asked for what came after the last labels of which `done` was called,
 * as a gateway does once it has kept them; the same label is not emitted again as long as it is not done. What was seen is known to the subscription alone, so each
 * start asks for everything; labels carry the time when they were said, so one that comes twice is one.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option. No error shows the token, or more of the URL than its host.
 */
export function httpLabels(options: HttpLabelsOptions): Observable<IncomingLabel> {
  requireKnown("httpLabels", options, ["url", "token", "pollMs", "timeoutMs", "onTrouble"]);
  const { token, pollMs = 60_000, timeoutMs = 10_000, onTrouble = warn } = options;
  requirePositive("httpLabels", { pollMs, timeoutMs });
  for (const [option, ms] of Object.entries({ pollMs, timeoutMs })) {
    if (ms <= LONGEST_TIMER_MS / 2) continue;
    throw invalid(`${option} must be at most ${Math.floor(LONGEST_TIMER_MS / 2)}, got ${ms}`);
  }
  requireSecret("httpLabels", "token", token);
  const endpoint = { url: parseUrl(options.url), timeoutMs, ...(token !== undefined && { token }) };

  return new Observable((subscriber) => {
    const stopped = new AbortController();
    const poll = async (): Promise<void> => {
      const round = createRounds(endpoint, pollMs, onTrouble);
      const pending = createPendingLabels();
      let seen: Cursor = { nth: 0 };
      for (let nth = 1; !stopped.signal.aborted; nth += 1) {
        const { labels, cursor, waitMs } = await round(seen.cursor, stopped.signal);
        const kept = labels.map((label) => pending.hand(label, (one) => subscriber.next(one)));
        void Promise.all(kept).then(() => {
          if (cursor !== undefined && nth > seen.nth) seen = { cursor, nth };
        });
        await sleep(waitMs, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    };
    void poll();
    return () => stopped.abort();
  });
}

/** Up to where the labels of an endpoint are kept, by its nth answer. */
interface Cursor {
  readonly cursor?: string;
  readonly nth: number;
}

interface Round extends Pick<AnsweredLabels, "labels" | "cursor"> {
  readonly waitMs: number;
}

/** Asks once, and says what came and how long to wait; remembers what was said of troubles. */
function createRounds(
  endpoint: LabelEndpoint,
  pollMs: number,
  onTrouble: (error: GatewayError) => void,
): (cursor: string | undefined, stopping: AbortSignal) => Promise<Round> {
  let failures = 0;
  let lastTrouble: string | undefined;
  const tell = (trouble: GatewayError | undefined): void => {
    if (trouble && trouble.message !== lastTrouble) onTrouble(trouble);
    lastTrouble = trouble?.message;
  };
  const succeed = ({ refused, ...answer }: AnsweredLabels): Round => {
    failures = 0;
    tell(refused);
    return { ...answer, waitMs: pollMs * (0.9 + 0.2 * Math.random()) };
  };
  const fail = ({ trouble, retryAfterMs = 0 }: PutOff): Round => {
    tell(trouble);
    const longest = Math.max(pollMs, LONGEST_RETRY_MS);
    const waitMs = fullJitterMs(failures, pollMs, longest, Math.random);
    failures += 1;
    return { labels: [], waitMs: Math.max(waitMs, Math.min(retryAfterMs, LONGEST_WAIT_MS)) };
  };
  return async (cursor, stopping) => {
    const answer = await askForLabels(endpoint, cursor, stopping);
    if (stopping.aborted) return { labels: [], waitMs: 0 };
    return "trouble" in answer ? fail(answer) : succeed(answer);
  };
}

function parseUrl(text: string | URL): URL {
  // Without the cause, which shows the whole URL.
  const url = URL.parse(String(text));
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw invalid(`url must begin with http: or https:, got ${url?.protocol ?? "no absolute URL"}`);
  }
  if (url.username === "" && url.password === "") return url;
  throw invalid("url must hold no user and no password: give a token");
}

function invalid(message: string): GatewayError {
  return new GatewayError("CONFIG_INVALID", `httpLabels: ${message}`);
}

function warn(error: GatewayError): void {
  process.emitWarning(`no labels come: ${error.message}`, { code: "WHEELTAPPER_LABELS" });
}
