import type { IncomingHttpHeaders } from "node:http";
import { GatewayError } from "../../errors.ts";
import { redact } from "../secret.ts";
import type { HttpReply } from "./connection.ts";
import type { Destination } from "./destination.ts";

/** The cause of an error that an answer brought. */
export interface HttpAnswer {
  readonly status: number;
  /** How long the receiver asked to be left alone. */
  readonly retryAfterMs?: number;
}

/** Makes the error of an answer that is no success. */
export function refusal(
  { url, secrets }: Destination,
  { status, headers, text }: HttpReply,
  isRetryable: boolean,
): GatewayError {
  const retryAfterMs = parseRetryAfter(headers);
  const answer: HttpAnswer = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const said = excerpt(redact(text, secrets));
  return new GatewayError("SINK_REJECTED", `${url.host} answered ${status}${said}`, {
    cause: answer,
    retryable: isRetryable,
    hint: hintFor(status, isRetryable),
  });
}

/** Answers that say something about the address, the token or the moment, and nothing about the messages. */
const PUTTING_OFF: ReadonlySet<number> = new Set([401, 403, 404, 405, 408, 410, 425, 429]);

export function putsOff(status: number): boolean {
  return status >= 500 || status < 400 || PUTTING_OFF.has(status);
}

function hintFor(status: number, isRetryable: boolean): string {
  if (status === 401 || status === 403) return "Renew the token; the messages are kept meanwhile.";
  if (status < 400 || [404, 405, 410].includes(status)) {
    return "Set url to the address that the receiver is really at; the messages are kept meanwhile.";
  }
  if (isRetryable) return "Wait: the messages are kept and sent again.";
  return "Check url, and what the receiver expects; look at the dead letters.";
}

const EXCERPT_LENGTH = 200;

function excerpt(text: string): string {
  const line = text
    .slice(0, EXCERPT_LENGTH)
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return line && `: ${line}`;
}

/** Reads seconds or a date; a date by the clock of the receiver, if it tells the time. */
function parseRetryAfter(headers: IncomingHttpHeaders): number | undefined {
  const value = headers["retry-after"] ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const now = Date.parse(headers.date ?? "");
  const wait = Date.parse(value) - (Number.isNaN(now) ? Date.now() : now);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
