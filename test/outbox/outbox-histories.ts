import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import type { EventPhase } from "../../src/core/anomaly-event.ts";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import { sampleCapture, sampleEvent, sampleLabel } from "../../src/testing/sample-messages.ts";
import {
  acknowledgeIn,
  appendTo,
  emptyModel,
  giveWay,
  keepIn,
  look,
  type Model,
  QUEUES,
  type QueueName,
  rejectIn,
  resendIn,
  seenIn,
} from "./outbox-model.ts";

const MIB = 1024 * 1024;
const PHASES: readonly EventPhase[] = ["opened", "updated", "closed"];

/** In memory where the system has such a folder: what is tested is what is written, not how long the disk takes. */
const FAST_FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A run of the model and the real thing, side by side. */
interface Run {
  readonly folder: string;
  outbox: Outbox;
  model: Model;
  files: number;
  captures: number;
}

/** Returns whether something may have had to give way. */
type Step = (run: Run) => Promise<boolean>;

/** Few incidents, so that the same message comes again and again. */
const message: fc.Arbitrary<GatewayMessage> = fc.oneof(
  fc
    .record({ incident: fc.nat(3), revision: fc.nat(2) })
    .map(({ incident, revision }) =>
      sampleEvent({ id: `incident-${incident}`, revision, phase: PHASES[revision] ?? "closed" }),
    ),
  fc.nat(3).map((number) => sampleLabel({ id: `label-${number}` })),
  fc.nat(3).map((number) => sampleCapture({ id: `capture-${number}` })),
);
/** A capture comes once in a batch: whether it gave way and came back in between cannot be seen from outside. */
const batch = fc
  .array(message, { minLength: 1, maxLength: 4 })
  .map((messages) =>
    messages.filter(
      ({ kind, id }, index) =>
        kind !== "capture" || messages.findIndex((other) => other.id === id) === index,
    ),
  );
const queueName = fc.constantFrom(...QUEUES);

/** A few of them fill the file. */
const large = "A".repeat(250_000);
const largeCapture = (number: number) =>
  sampleCapture({
    id: `large-${number}`,
    inputs: [{ name: "window", dataType: "FLOAT32", shape: [1, 1], data: large }],
  });

const open = (path: string) => openOutbox(path, { maxBytes: MIB });

const append =
  (name: QueueName, messages: readonly GatewayMessage[]): Step =>
  async (run) => {
    await run.outbox.queue(name).append(messages);
    appendTo(run.model, name, messages);
    return true;
  };

/** Appends windows that came never before. */
const flood =
  (name: QueueName, count: number): Step =>
  (run) =>
    append(
      name,
      Array.from({ length: count }, () => largeCapture(run.captures++)),
    )(run);

/** Appends to several queues and keeps at once, as several sinks of one gateway do. */
const appendAtOnce =
  (messages: readonly GatewayMessage[]): Step =>
  async (run) => {
    const appended = QUEUES.map((name) => run.outbox.queue(name).append(messages));
    await Promise.all([...appended, run.outbox.keep(messages)]);
    for (const name of QUEUES) appendTo(run.model, name, messages);
    keepIn(run.model, messages);
    return true;
  };

const keep =
  (messages: readonly GatewayMessage[]): Step =>
  async (run) => {
    await run.outbox.keep(messages);
    keepIn(run.model, messages);
    return true;
  };

const huge = sampleEvent({ id: "huge", machine: "m".repeat(MIB) });

const refuse =
  (name: QueueName): Step =>
  async (run) => {
    const refused = run.outbox.queue(name).append([sampleEvent({ id: "with it" }), huge]);
    await expect(refused).rejects.toMatchObject({ code: "OUTBOX_FULL", retryable: true });
    return false;
  };

const acknowledge =
  (name: QueueName, from: number, count: number): Step =>
  async (run) => {
    const queue = run.outbox.queue(name);
    const items = (await queue.peek(from + count)).slice(from);
    await queue.acknowledge(items.map((item) => item.sequence));
    acknowledgeIn(run.model, name, from, count);
    return false;
  };

const reject =
  (name: QueueName, count: number): Step =>
  async (run) => {
    const queue = run.outbox.queue(name);
    const sequences = (await queue.peek(count)).map((item) => item.sequence);
    await queue.reject(sequences, "refused");
    rejectIn(run.model, name, count);
    return false;
  };

const resend =
  (name: QueueName, count: number): Step =>
  async (run) => {
    const queue = run.outbox.queue(name);
    const letters = await queue.deadLetters(count);
    await queue.resend(letters.map((letter) => letter.sequence));
    resendIn(run.model, name, count);
    return false;
  };

const reopen = (): Step => async (run) => {
  await run.outbox.close();
  run.outbox = open(run.outbox.path);
  return false;
};

function copyFiles(run: Run): string {
  const copy = join(run.folder, `outbox-${run.files++}.db`);
  for (const suffix of ["", "-wal"]) copyFileSync(run.outbox.path + suffix, copy + suffix);
  return copy;
}

/** Goes on with what lies on the disk at this moment. */
const powerCut = (): Step => async (run) => {
  const found = copyFiles(run);
  await run.outbox.close();
  run.outbox = open(found);
  return false;
};

/** The power goes while a batch is written: what of it had not reached the disk is damaged, and either all of it is there or nothing. */
const tornLog =
  (name: QueueName, messages: readonly GatewayMessage[], share: number): Step =>
  async (run) => {
    const found = copyFiles(run);
    const before = structuredClone(run.model);
    const log = readFileSync(`${found}-wal`);
    await run.outbox.queue(name).append(messages);
    const newLog = readFileSync(`${run.outbox.path}-wal`);
    appendTo(run.model, name, messages);
    giveWay(run.model, await look(run.outbox));
    await run.outbox.close();

    const start = firstDifference(log, newLog);
    newLog.fill(0xa5, start + Math.floor(share * (newLog.length - start)));
    writeFileSync(`${found}-wal`, newLog);
    run.outbox = open(found);
    const real = JSON.stringify(await look(run.outbox));
    if (real === JSON.stringify(seenIn(before))) run.model = before;
    return false;
  };

/** Goes by blocks first, because byte by byte takes its time. */
function firstDifference(before: Buffer, after: Buffer, from = 0, block = 4096): number {
  for (let start = from; start < after.length; start += block) {
    const end = start + block;
    if (before.subarray(start, end).equals(after.subarray(start, end))) continue;
    return block === 1 ? start : firstDifference(before, after, start, 1);
  }
  return after.length;
}

interface NamedStep {
  readonly name: string;
  readonly run: Step;
}

const small = fc.integer({ min: 1, max: 4 });
const appends = named("append", fc.tuple(queueName, batch), append);
const acknowledgements = named("acknowledge", fc.tuple(queueName, fc.nat(2), small), acknowledge);
/** Seldom what takes its time: a full file makes every look at it ten times as long. */
const often = (arbitrary: fc.Arbitrary<NamedStep>) => ({ arbitrary, weight: 6 });
const seldom = (arbitrary: fc.Arbitrary<NamedStep>) => ({ arbitrary, weight: 1 });
const step: fc.Arbitrary<NamedStep> = fc.oneof(
  often(appends),
  often(named("appendAtOnce", fc.tuple(batch), appendAtOnce)),
  often(named("keep", fc.tuple(batch), keep)),
  often(acknowledgements),
  often(named("reject", fc.tuple(queueName, small), reject)),
  often(named("resend", fc.tuple(queueName, small), resend)),
  often(named("reopen", fc.tuple(), reopen)),
  often(named("powerCut", fc.tuple(), powerCut)),
  often(
    named("tornLog", fc.tuple(queueName, batch, fc.constantFrom(0, 0.3, 0.6, 0.9, 1)), tornLog),
  ),
  seldom(named("flood", fc.tuple(queueName, small), flood)),
  seldom(named("refuse", fc.tuple(queueName), refuse)),
);

function named<T extends readonly unknown[]>(
  name: string,
  words: fc.Arbitrary<T>,
  make: (...words: T) => Step,
): fc.Arbitrary<NamedStep> {
  return words.map((given) => ({
    name: `${name}(${given.map((word) => brief(word)).join()})`,
    run: make(...given),
  }));
}

function brief(word: unknown): string {
  if (!Array.isArray(word)) return String(word);
  return word.map((message: GatewayMessage) => `${message.id}/${message.revision}`).join("+");
}

/** Plays so many random histories; after each step the real outbox is what the model says. */
export async function playHistories(count: number, seed: number): Promise<void> {
  const folder = mkdtempSync(join(FAST_FOLDER, "wheeltapper-model-"));
  let files = 0;
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 6 }),
    async (steps) => {
      const outbox = open(join(folder, `outbox-${files++}.db`));
      const run: Run = {
        folder,
        outbox,
        model: emptyModel(),

        files,
        captures: 0,
      };
      try {
        for (const { run: play } of steps) {
          const mayGiveWay = await play(run);
          const real = await look(run.outbox);
          if (mayGiveWay) giveWay(run.model, real);
          const expected = seenIn(run.model);
          // Comparing for people takes its time.
          if (JSON.stringify(real) !== JSON.stringify(expected)) expect(real).toEqual(expected);
        }
      } finally {
        files = run.files;
        await run.outbox.close();
      }
    },
  );
  try {
    await fc.assert(property, { numRuns: count, seed });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
