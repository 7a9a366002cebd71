import type { GatewayMessage } from "../../core/gateway-message.ts";
import { GatewayError } from "../../errors.ts";
import { ALL_ACCEPTED, type Rejection, type WriteResult } from "../sink.ts";
import type { Refused } from "./sender.ts";

/** Sends messages in one request; resolves with the refusal, or `undefined` when they were taken. */
export type Post = (messages: readonly GatewayMessage[]) => Promise<Refused | undefined>;

/** One request for all, and two for the halves of what is too large for one. */
export async function postTogether(
  batch: readonly GatewayMessage[],
  post: Post,
): Promise<WriteResult> {
  const refused = await post(batch);
  if (refused === undefined) return ALL_ACCEPTED;
  if (refused.status !== 413) throw refused.error;
  if (batch.length === 1) {
    return { rejected: [{ index: 0, reason: refused.error.message }], retry: [] };
  }
  const half = Math.ceil(batch.length / 2);
  const first = await postTogether(batch.slice(0, half), post);
  const rest = batch.slice(half);
  // What was taken is not sent again because the rest was not; and the rest does not overtake what was not taken.
  const second = first.retry.length > 0 ? later(rest) : await orLater(rest, post);
  return joined(first, second, half);
}

async function orLater(batch: readonly GatewayMessage[], post: Post): Promise<WriteResult> {
  try {
    return await postTogether(batch, post);
  } catch (error) {
    if (error instanceof GatewayError) return later(batch);
    throw error;
  }
}

function later(batch: readonly GatewayMessage[]): WriteResult {
  return { rejected: [], retry: [...batch.keys()] };
}

function joined(first: WriteResult, second: WriteResult, offset: number): WriteResult {
  const rejected = second.rejected.map(({ index, reason }) => ({ index: index + offset, reason }));
  return {
    rejected: [...first.rejected, ...rejected],
    retry: [...first.retry, ...second.retry.map((index) => index + offset)],
  };
}

/** One request after the other; what a machine has to say stays in order. */
export async function postEach(batch: readonly GatewayMessage[], post: Post): Promise<WriteResult> {
  const rejected: Rejection[] = [];
  const retry: number[] = [];
  const waiting = new Set<string>();
  let newest: PutOff | undefined;

  for (const [index, message] of batch.entries()) {
    const lane = laneOf(message);
    const mustWait = newest?.isForAll === true || waiting.has(lane);
    const outcome = mustWait ? newest : await attempt(message, post);
    if (outcome === undefined) continue;
    if ("reason" in outcome) {
      rejected.push({ index, reason: outcome.reason });
    } else {
      newest = outcome;
      waiting.add(lane);
      retry.push(index);
    }
  }
  // Of a batch that waits as a whole the error says more: for how long.
  if (newest !== undefined && retry.length === batch.length) throw newest.error;
  return { rejected, retry };
}

/** Messages of one lane keep their order. */
function laneOf(message: GatewayMessage): string {
  return "machine" in message ? message.machine : message.kind;
}

/** Why a message waits. */
interface PutOff {
  readonly error: GatewayError;
  /** The receiver is in trouble, not this one message. */
  readonly isForAll: boolean;
}

/** Resolves with `undefined` when the message was taken. */
async function attempt(
  message: GatewayMessage,
  post: Post,
): Promise<PutOff | { readonly reason: string } | undefined> {
  try {
    const refused = await post([message]);
    if (refused === undefined) return undefined;
    const { status, error } = refused;
    if (status === 413 || !error.retryable) return { reason: error.message };
    return { error, isForAll: !MAY_BE_THE_MESSAGE.has(status) };
  } catch (error) {
    if (error instanceof GatewayError) return { error, isForAll: true };
    throw error;
  }
}

/** Answers by which a receiver may mean one message that it stumbles over. */
const MAY_BE_THE_MESSAGE: ReadonlySet<number> = new Set([408, 425, 500, 501, 502, 504]);
