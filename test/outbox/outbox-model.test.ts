import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnomalyEvent, EventPhase } from "../../src/core/anomaly-event.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";

/** What an outbox is, if memory were durable. */
interface Model {
  readonly waiting: Map<string, AnomalyEvent[]>;
  readonly deadLetters: Map<string, number>;
  readonly unclosed: Map<string, AnomalyEvent>;
}

interface Real {
  outbox: Outbox;
}

type Step = fc.AsyncCommand<Model, Real>;

const QUEUES = ["cloud", "file"];
const PHASES: readonly EventPhase[] = ["opened", "updated", "closed"];

/** Few incidents, so that the same message comes again and again. */
const message = fc
  .record({ incident: fc.nat(4), revision: fc.nat(2) })
  .map(({ incident, revision }) =>
    sampleEvent({ id: `incident-${incident}`, revision, phase: PHASES[revision] ?? "closed" }),
  );
const queueName = fc.constantFrom(...QUEUES);

const isSame = (a: AnomalyEvent) => (b: AnomalyEvent) => a.id === b.id && a.revision === b.revision;

const waitingIn = (model: Model, queue: string): AnomalyEvent[] => model.waiting.get(queue) ?? [];

function appendTo(model: Model, queue: string, events: readonly AnomalyEvent[]): void {
  for (const event of events) {
    const waiting = waitingIn(model, queue);
    if (!waiting.some(isSame(event))) model.waiting.set(queue, [...waiting, event]);
    const newest = model.unclosed.get(event.id);
    if (event.phase === "closed") model.unclosed.delete(event.id);
    else if (newest === undefined || newest.revision < event.revision) {
      model.unclosed.set(event.id, event);
    }
  }
}

async function compare(model: Model, { outbox }: Real): Promise<void> {
  for (const name of QUEUES) {
    const queue = outbox.queue(name);
    const items = await queue.peek(1000);
    const waiting = waitingIn(model, name);
    expect(items.map((item) => item.message)).toEqual(waiting);
    const deadLetters = model.deadLetters.get(name) ?? 0;
    expect(queue.stats()).toEqual({ pending: waiting.length, deadLetters });
  }
  expect(await outbox.unclosed()).toEqual([...model.unclosed.values()]);
}

const append = (queue: string, events: AnomalyEvent[]): Step => ({
  check: () => true,
  async run(model, real) {
    await real.outbox.queue(queue).append(events);
    appendTo(model, queue, events);
    await compare(model, real);
  },
  toString: () => `append(${queue}, ${events.map((event) => `${event.id}/${event.revision}`)})`,
});

/** Appends to several queues at once, as several sinks of one gateway do. */
const appendAtOnce = (events: AnomalyEvent[]): Step => ({
  check: () => true,
  async run(model, real) {
    await Promise.all(QUEUES.map((name) => real.outbox.queue(name).append(events)));
    for (const name of QUEUES) appendTo(model, name, events);
    await compare(model, real);
  },
  toString: () => `appendAtOnce(${events.map((event) => `${event.id}/${event.revision}`)})`,
});

const acknowledge = (name: string, from: number, count: number): Step => ({
  check: (model) => waitingIn(model, name).length > 0,
  async run(model, real) {
    const queue = real.outbox.queue(name);
    const items = (await queue.peek(from + count)).slice(from);
    await queue.acknowledge(items.map((item) => item.sequence));
    waitingIn(model, name).splice(from, count);
    await compare(model, real);
  },
  toString: () => `acknowledge(${name}, ${from}, ${count})`,
});

const reject = (name: string, count: number): Step => ({
  check: (model) => waitingIn(model, name).length > 0,
  async run(model, real) {
    const queue = real.outbox.queue(name);
    const items = await queue.peek(count);
    await queue.reject(
      items.map((item) => item.sequence),
      "refused",
    );
    waitingIn(model, name).splice(0, count);
    model.deadLetters.set(name, (model.deadLetters.get(name) ?? 0) + items.length);
    await compare(model, real);
  },
  toString: () => `reject(${name}, ${count})`,
});

const reopen = (): Step => ({
  check: () => true,
  async run(model, real) {
    await real.outbox.close();
    real.outbox = openOutbox(real.outbox.path);
    await compare(model, real);
  },
  toString: () => "reopen()",
});

describe("the outbox", () => {
  it("is a list in memory that happens to be durable, whatever the steps", async () => {
    const folder = tempFolder();
    let run = 0;
    const steps = fc.commands(
      [
        fc.tuple(queueName, fc.array(message, { maxLength: 5 })).map((step) => append(...step)),
        fc.array(message, { minLength: 1, maxLength: 3 }).map(appendAtOnce),
        fc
          .tuple(queueName, fc.nat(2), fc.integer({ min: 1, max: 4 }))
          .map((step) => acknowledge(...step)),
        fc.tuple(queueName, fc.integer({ min: 1, max: 2 })).map((step) => reject(...step)),
        fc.constant(reopen()),
      ],
      { maxCommands: 25 },
    );
    const property = fc.asyncProperty(steps, async (commands) => {
      const real = { outbox: openOutbox(join(folder, `outbox-${run++}.db`)) };
      const model = { waiting: new Map(), deadLetters: new Map(), unclosed: new Map() };
      try {
        await fc.asyncModelRun(() => ({ model, real }), commands);
      } finally {
        await real.outbox.close();
      }
    });
    await fc.assert(property, { numRuns: 40 });
  }, 120_000);
});
