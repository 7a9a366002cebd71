import type { GatewayMessage } from "../core/gateway-message.ts";
import type { MessageKind } from "../core/message-kind.ts";
import { GatewayError } from "../errors.ts";
import { messageId } from "./cloud-event.ts";
import { ALL_ACCEPTED, EVENT_KINDS, type Rejection, type Sink, type WriteResult } from "./sink.ts";

/**
 * One sink that has delivered a message when all of these have; each gets what it takes, at the same time as the others.
 *
 * One that is away holds up all. Sinks that need not wait for each other are better given to `createGateway` or `storeAndForward` one by one:
 * then each has a queue of its own in the outbox. This one is for what belongs together, as a file and its copy. Its name is made of
 * theirs, so another choice of sinks has another queue.
 *
 * Delivery: at least once to each, in order. What one has taken while another had not is not sent to it again, as long as the process
 * lives. A message that one of them refuses for good is refused, whoever else has taken it. `close` closes all.
 *
 * @throws GatewayError `CONFIG_INVALID` without a sink; from `write`, what one of the sinks throws, a retryable error first
 */
export function fanOut(...sinks: readonly Sink[]): Sink {
  if (sinks.length === 0) {
    throw new GatewayError("CONFIG_INVALID", "fanOut: expected at least one sink, got none");
  }
  const branches = sinks.map((sink) => branch(sink));
  return {
    name: sinks.map(({ name }) => name).join("+"),
    kinds: [...new Set(sinks.flatMap((sink) => kindsOf(sink)))],
    async write(...call) {
      const outcomes = await Promise.allSettled(branches.map(({ write }) => write(...call)));
      const failures = outcomes.filter((outcome) => outcome.status === "rejected");
      const failure = failures.find(({ reason }) => mayPass(reason)) ?? failures[0];
      if (failure !== undefined) throw failure.reason;
      const results = outcomes.flatMap((outcome) =>
        outcome.status === "fulfilled" ? [outcome.value] : [],
      );
      const retry = new Set(results.flatMap((result) => result.retry));
      const [batch] = call;
      for (const { forget } of branches) forget(batch.filter((_, index) => !retry.has(index)));
      return { retry: [...retry], rejected: results.flatMap(({ rejected }) => rejected) };
    },
    async close() {
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}

/** One of several sinks, and what it has taken that others have not. */
interface Branch {
  readonly write: Sink["write"];
  /** Forgets what all have taken. */
  forget(messages: readonly GatewayMessage[]): void;
}

/** More is not remembered: then it comes twice. */
const MOST_REMEMBERED = 10_000;

function branch(sink: Sink): Branch {
  const kinds = kindsOf(sink);
  const taken = new Set<string>();

  const remember = (messages: readonly GatewayMessage[]): void => {
    for (const message of messages) taken.add(messageId(message));
    const excess = Math.max(0, taken.size - MOST_REMEMBERED);
    for (const id of [...taken].slice(0, excess)) taken.delete(id);
  };

  return {
    async write(batch, signal, delivery) {
      const places = batch.flatMap((message, index) =>
        kinds.includes(message.kind) && !taken.has(messageId(message)) ? [{ message, index }] : [],
      );
      if (places.length === 0) return ALL_ACCEPTED;
      const messages = places.map(({ message }) => message);
      const result = await sink.write(messages, signal, delivery);
      const kept = new Set([...result.retry, ...result.rejected.map(({ index }) => index)]);
      remember(messages.filter((_, index) => !kept.has(index)));
      return inPlace(
        result,
        places.map(({ index }) => index),
      );
    },
    forget(messages) {
      for (const message of messages) taken.delete(messageId(message));
    },
  };
}

/** Names the places in the whole batch. */
function inPlace({ retry, rejected }: WriteResult, places: readonly number[]): WriteResult {
  const moved = rejected.flatMap(({ index, reason }): Rejection[] => {
    const place = places[index];
    return place === undefined ? [] : [{ index: place, reason }];
  });
  return { rejected: moved, retry: retry.flatMap((index) => places[index] ?? []) };
}

function kindsOf({ kinds = EVENT_KINDS }: Sink): readonly MessageKind[] {
  return kinds;
}

/** A defect of a sink may pass as well. */
function mayPass(error: unknown): boolean {
  return !(error instanceof GatewayError) || error.retryable;
}
