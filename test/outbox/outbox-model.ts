import type { GatewayEvent } from "../../src/core/gateway-event.ts";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import type { Outbox, OutboxItem } from "../../src/outbox/outbox.ts";

export const QUEUES = ["cloud", "file"] as const;

export type QueueName = (typeof QUEUES)[number];

/** How often what was given up, by kind. */
type Losses = Record<string, number>;

interface QueueModel {
  waiting: GatewayMessage[];
  dead: GatewayMessage[];
  dropped: number;
  unreported: Losses;
  hasReport: boolean;
}

/** What an outbox is, if memory were durable: a list for each queue. */
export interface Model {
  readonly queues: Record<QueueName, QueueModel>;
  /** Everything that is there for somebody, in the order in which it came. */
  stored: GatewayMessage[];
  kept: string[];
  readonly unclosed: Record<string, GatewayEvent>;
}

export function emptyModel(): Model {
  const queue = (): QueueModel => ({
    waiting: [],
    dead: [],
    dropped: 0,
    unreported: {},
    hasReport: false,
  });
  return { queues: { cloud: queue(), file: queue() }, stored: [], kept: [], unclosed: {} };
}

export const keyOf = ({ id, revision }: GatewayMessage): string => `${id}/${revision}`;

const has = (list: readonly GatewayMessage[], message: GatewayMessage): boolean =>
  list.some((other) => keyOf(other) === keyOf(message));

function store(model: Model, message: GatewayMessage): void {
  if (!has(model.stored, message)) model.stored.push(message);
}

export function appendTo(model: Model, name: QueueName, batch: readonly GatewayMessage[]): void {
  const queue = model.queues[name];
  for (const message of batch) {
    store(model, message);
    if (!has(queue.waiting, message)) queue.waiting.push(message);
    if (!("phase" in message)) continue;
    const newest = model.unclosed[message.id];
    if (message.phase === "closed") delete model.unclosed[message.id];
    else if (newest === undefined || newest.revision < message.revision) {
      model.unclosed[message.id] = message;
    }
  }
  forget(model);
}

export function keepIn(model: Model, batch: readonly GatewayMessage[]): void {
  for (const message of batch) {
    store(model, message);
    if (!model.kept.includes(keyOf(message))) model.kept.push(keyOf(message));
  }
}

export function acknowledgeIn(model: Model, name: QueueName, from: number, count: number): void {
  const queue = model.queues[name];
  if (takeFrom(queue, from, count).length > 0) reportLosses(queue);
  forget(model);
}

export function rejectIn(model: Model, name: QueueName, count: number): void {
  const queue = model.queues[name];
  queue.dead.push(...takeFrom(queue, 0, count));
}

/** Puts the newest dead letters back, the newest first. */
export function resendIn(model: Model, name: QueueName, count: number): void {
  const queue = model.queues[name];
  for (let sent = 0; sent < count; sent++) {
    const letter = queue.dead.pop();
    if (letter !== undefined && !has(queue.waiting, letter)) queue.waiting.push(letter);
  }
  forget(model);
}

function takeFrom(queue: QueueModel, from: number, count: number): readonly GatewayMessage[] {
  if (from === 0 && count > 0) queue.hasReport = false;
  return queue.waiting.splice(from, count);
}

/** Once something got through, what did not is told first. */
function reportLosses(queue: QueueModel): void {
  const counts = Object.entries(queue.unreported);
  if (queue.hasReport || counts.length === 0) return;
  queue.hasReport = true;
  queue.unreported = {};
  const report = { kind: "losses", revision: 0, counts } as unknown as GatewayMessage;
  queue.waiting.unshift(report);
}

/** Lets go of what nobody needs any more. */
function forget(model: Model): void {
  const { cloud, file } = model.queues;
  const needed = [
    cloud.waiting,
    cloud.dead,
    file.waiting,
    file.dead,
    Object.values(model.unclosed),
  ];
  model.stored = model.stored.filter(
    (message) => model.kept.includes(keyOf(message)) || needed.some((list) => has(list, message)),
  );
}

/** Whatever may give way and is not there any more was given up: that, but nothing else, may have happened. */
export function giveWay(model: Model, real: Seen): void {
  for (const name of QUEUES) {
    const queue = model.queues[name];
    queue.waiting = queue.waiting.filter((message) => {
      if (message.kind !== "capture" || real[name].waiting.includes(textOf(message))) return true;
      queue.dropped += 1;
      queue.unreported["capture"] = (queue.unreported["capture"] ?? 0) + 1;
      return false;
    });
    queue.dead = queue.dead.filter((message) => real[name].dead.includes(textOf(message)));
  }
  const gone = (key: string) =>
    model.stored.some(
      (message) =>
        keyOf(message) === key &&
        message.kind === "capture" &&
        !real.kept.includes(textOf(message)),
    );
  model.kept = model.kept.filter((key) => !gone(key));
  forget(model);
}

/** What can be seen of an outbox from outside. */
export interface Seen extends Record<QueueName, SeenQueue> {
  readonly kept: readonly string[];
  readonly unclosed: readonly string[];
}

interface SeenQueue {
  readonly waiting: readonly string[];
  readonly dead: readonly string[];
  readonly dropped: number;
}

/** Of a capture the name only, because its chance changes; of a report what it counts. */
function textOf(message: GatewayMessage): string {
  if (message.kind === "capture") return keyOf(message);
  return JSON.stringify(message.kind === "losses" ? countsOf(message.counts) : message);
}

function countsOf(counts: readonly unknown[]): readonly unknown[] {
  return counts.map((count) =>
    Array.isArray(count)
      ? count
      : typeof count === "object" && count !== null && "kind" in count && "count" in count
        ? [count.kind, count.count]
        : count,
  );
}

export function seenIn(model: Model): Seen {
  const queue = ({ waiting, dead, dropped }: QueueModel): SeenQueue => ({
    waiting: waiting.map(textOf),
    dead: dead.map(textOf),
    dropped,
  });
  const kept = (kind: GatewayMessage["kind"]) =>
    model.stored
      .filter((message) => message.kind === kind && model.kept.includes(keyOf(message)))
      .map(textOf);
  return {
    cloud: queue(model.queues.cloud),
    file: queue(model.queues.file),
    kept: [...kept("capture"), ...kept("label")],
    unclosed: Object.values(model.unclosed).map(textOf).sort(),
  };
}

export async function look(outbox: Outbox): Promise<Seen> {
  const queue = async (name: QueueName): Promise<SeenQueue> => {
    const steps = outbox.queue(name);
    const [items, letters] = await Promise.all([steps.peek(1000), steps.deadLetters(1000)]);
    const { pending, deadLetters, dropped } = steps.stats();
    if (pending !== items.length || deadLetters !== letters.length) {
      throw new Error(
        `counted ${pending} and ${deadLetters}, got ${items.length}, ${letters.length}`,
      );
    }
    return {
      waiting: textsOf(items),
      dead: letters
        .map(({ message }) => (message === undefined ? "unreadable" : textOf(message)))
        .reverse(),
      dropped,
    };
  };
  const [cloud, file, captures, labels, unclosed] = await Promise.all([
    queue("cloud"),
    queue("file"),
    outbox.kept("capture"),
    outbox.kept("label"),
    outbox.unclosed(),
  ]);
  const kept = [...textsOf(captures), ...textsOf(labels)];
  return { cloud, file, kept, unclosed: unclosed.map(textOf).sort() };
}

function textsOf(items: readonly OutboxItem[]): readonly string[] {
  return items.map(({ message }) => textOf(message));
}
