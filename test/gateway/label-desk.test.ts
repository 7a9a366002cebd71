import { join } from "node:path";
import { concat, NEVER, type Observable, of, throwError } from "rxjs";
import { describe, expect, it, onTestFinished } from "vitest";
import type { IncomingLabel, Label, LabelInput } from "../../src/core/label.ts";
import { createLabelDesk, type LabelDesk } from "../../src/gateway/label-desk.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";
import { contributionsOf, type SignedShares, scoreAt } from "../truth/labelled.ts";

const patience = { timeout: 20_000 };
const START_MS = Date.UTC(2026, 10, 27);
const event = sampleEvent({ id: "5d41402a-event", gateway: "plant-7" });
const said = (note: string): LabelInput => ({
  ...{ target: event.id, verdict: "fault", by: "mk", note },
  atMs: START_MS + note.charCodeAt(0),
});

const whole = (shares: SignedShares) => ({ contributions: contributionsOf(shares) });

function outboxAt(path: string, options: Parameters<typeof openOutbox>[1] = {}): Outbox {
  const outbox = openOutbox(path, options);
  onTestFinished(() => outbox.close());
  return outbox;
}

/** A desk that takes labels from these sources until the test ends. */
function deskOf(
  outbox: Outbox,
  sources: readonly Observable<IncomingLabel>[] = [],
): { desk: LabelDesk; taken: Label[] } {
  const taken: Label[] = [];
  const desk = createLabelDesk({
    ...{ gateway: "plant-7", outbox, labels: [], sources },
    onLabel: (label) => void taken.push(label),
  });
  onTestFinished(() => desk.close());
  desk.note(event);
  desk.open();
  return { desk, taken };
}

/** Fills the outbox with what never gives way; returns how to make room again. */
async function fill(outbox: Outbox): Promise<() => Promise<void>> {
  const queue = outbox.queue("cloud");
  let nth = 0;
  // Small ones, one by one in the end: no label may fit in what is left.
  const small = () => sampleEvent({ id: `event-${nth++}`, contributions: [], readings: [] });
  for (const atOnce of [64, 1]) {
    let isFull = false;
    while (!isFull) {
      await queue.append(Array.from({ length: atOnce }, small)).catch(() => {
        isFull = true;
      });
    }
  }
  return async () => {
    const waiting = await queue.peek(10_000);
    await queue.acknowledge(waiting.map(({ sequence }) => sequence));
  };
}

describe("the desk where labels come in", () => {
  it("keeps what an outbox refused that was full, as soon as there is room", async () => {
    const outbox = outboxAt(join(tempFolder(), "outbox.db"), { maxBytes: 1_048_576 });
    const makeRoom = await fill(outbox);
    const done: string[] = [];
    const labels = ["a", "b"].map((note) => ({ ...said(note), done: () => void done.push(note) }));
    const { desk, taken } = deskOf(outbox, [concat(of(...labels), NEVER)]);
    await expect
      .poll(() => desk.health().lastError, patience)
      .toMatchObject({
        code: "OUTBOX_FULL",
      });
    expect(desk.health()).toMatchObject({ taken: 0, waiting: 2 });
    expect(done).toEqual([]);

    await makeRoom();
    await expect.poll(() => taken.map(({ note }) => note), patience).toEqual(["a", "b"]);
    await expect.poll(() => done, patience).toEqual(["a", "b"]);
    expect(desk.health()).toEqual({ taken: 2 });
    const kept = await outbox.kept("label");
    expect(kept.map(({ message }) => message)).toEqual(taken);
  });

  it("knows an event without windows after a restart, and all that it looked like", async () => {
    const path = join(tempFolder(), "outbox.db");
    const before = openOutbox(path);
    const first = deskOf(before).desk;
    const shape = (second: number, value: number, shares: SignedShares): void =>
      first.scored("pump-1", scoreAt(second, value, shares));
    shape(0, 9, { flow: -0.8, pressure: 0.2 });
    const over = sampleEvent({
      id: "0b54bd1c-over",
      score: 9,
      ...whole({ flow: -0.8, pressure: 0.2 }),
    });
    first.note(over);
    shape(1, 6, { pressure: 1, flow: 0 });
    first.note({ ...over, phase: "closed", revision: 1 });
    const open = sampleEvent({ id: "77e1c0de-open", machine: "pump-2" });
    await before.queue("cloud").append([open]);
    first.close();
    await before.close();

    const after = outboxAt(path);
    const { desk, taken } = deskOf(after);
    await desk.take({ target: "0b54", verdict: "false-alarm", atMs: START_MS });
    await desk.take({ target: open.id, verdict: "fault", atMs: START_MS });
    expect(taken).toMatchObject([
      { target: over.id, machine: "pump-1", model: over.model, pattern: { score: 9 } },
      { target: open.id, machine: "pump-2", model: open.model, pattern: { score: open.score } },
    ]);
    expect(taken[0]?.pattern?.parts?.map(({ score }) => score)).toEqual([9, 6]);
    const strange = desk.take({ target: "0b54bd1d", verdict: "fault" });
    await expect(strange).rejects.toMatchObject({ code: "LABEL_INVALID" });
  });

  it("goes on with the other sources when one fails, and says why", async () => {
    const broken = new Error("the broker is a teapot");
    const outbox = outboxAt(join(tempFolder(), "outbox.db"));
    const good = concat(of(said("a")), NEVER);
    const { desk, taken } = deskOf(outbox, [throwError(() => broken), good]);
    await expect.poll(() => taken.map(({ note }) => note), patience).toEqual(["a"]);
    expect(desk.health()).toEqual({ taken: 1, lastError: broken });
  });
});
