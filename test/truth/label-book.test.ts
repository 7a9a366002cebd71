import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Label, LabelInput } from "../../src/core/label.ts";
import { sampleCapture, sampleEvent } from "../../src/testing/sample-messages.ts";
import { createLabelBook, type LabelBook } from "../../src/truth/label-book.ts";
import { START_MS, scoreAt } from "./labelled.ts";

const event = sampleEvent({ id: "5d41402a-event", revision: 1, score: 7 });
const capture = sampleCapture({ id: "7d793037-window" });
const fault: LabelInput = { target: event.id, verdict: "fault", by: "mk", atMs: START_MS };

function open({ labels = [] as readonly Label[], clock = [START_MS] } = {}): {
  book: LabelBook;
  stored: Label[];
} {
  const stored: Label[] = [];
  const times = [...clock];
  const book = createLabelBook({
    gateway: "gateway-1",
    labels,
    now: () => times.shift() ?? START_MS,
    store: async (label) => {
      stored.push(label);
    },
  });
  book.note(event);
  book.note(capture);
  return { book, stored };
}

describe("a label book", () => {
  it("makes a label that says by itself what it means, and resolves once it is stored", async () => {
    const { book, stored } = open();
    const label = await book.take({ ...fault, faultCode: "F-12" });
    expect(stored).toEqual([label]);
    expect(label).toEqual({
      kind: "label",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      revision: 0,
      gateway: "gateway-1",
      machine: "pump-1",
      target: event.id,
      verdict: "fault",
      faultCode: "F-12",
      by: "mk",
      atMs: START_MS,
      model: event.model,
      pattern: {
        tags: ["bearingTemperature", "flow"],
        direction: [Math.sqrt(0.75), -0.5],
        score: 7,
        threshold: 4,
      },
    });
  });

  it("stores the same label once, whatever way it comes, also after a restart", async () => {
    const first = open();
    const [label, again] = await Promise.all([first.book.take(fault), first.book.take(fault)]);
    expect(again).toEqual(label);
    expect(first.stored).toEqual([label]);

    const second = open({ labels: first.stored });
    expect(await second.book.take(fault)).toEqual(label);
    expect(second.stored).toEqual([]);
  });

  it("takes what says no more than what holds already for a repetition", async () => {
    const { book, stored } = open({ clock: [START_MS, START_MS + 1, START_MS + 2, START_MS + 3] });
    const say = (verdict: LabelInput["verdict"]) => book.take({ target: event.id, verdict });
    await say("fault");
    await say("fault");
    await say("false-alarm");
    await say("fault");
    expect(stored.map(({ verdict }) => verdict)).toEqual(["fault", "false-alarm", "fault"]);
  });

  it("keeps the history in the order in which it was said; the newest holds", async () => {
    const { book } = open();
    await book.take({ ...fault, verdict: "unsure", atMs: START_MS + 2000 });
    await book.take({ ...fault, verdict: "false-alarm", atMs: START_MS + 1000 });
    await book.take(fault);
    const verdicts = book.history(event.id).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(["fault", "false-alarm", "unsure"]);
    expect(book.current()).toMatchObject([{ target: event.id, verdict: "unsure" }]);
  });

  it("comes to the same in whatever order labels of different times come in", async () => {
    const inputs = fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(inputs, async (seconds) => {
        const { book } = open();
        for (const second of seconds) {
          const verdict = second % 2 === 0 ? "fault" : "unsure";
          await book.take({ ...fault, verdict, atMs: START_MS + second * 1000 });
        }
        const said = book.history(event.id).map(({ atMs }) => (atMs - START_MS) / 1000);
        expect(said).toEqual(seconds.toSorted((a, b) => a - b));
      }),
    );
  });

  it("forgets a label that could not be stored, so that it can be said again", async () => {
    let isFull = true;
    const book = createLabelBook({
      gateway: "gateway-1",
      store: async () => {
        if (isFull) throw new Error("disk full");
      },
    });
    book.note(event);
    await expect(book.take(fault)).rejects.toThrow("disk full");
    expect(book.current()).toEqual([]);
    isFull = false;
    await book.take(fault);
    expect(book.current()).toHaveLength(1);
  });

  it("takes a window as well as an event, and the beginning of an id", async () => {
    const { book } = open();
    const label = await book.take({ target: "7d79", verdict: "maintenance" });
    expect(label).toMatchObject({ target: capture.id, machine: capture.machine });
  });

  it.each([
    ["unknown", "no event or window here has the id unknown"],
    ["5d4", "no event or window here has the id 5d4"],
    ["7d793037", "fits 2"],
  ])("refuses the target %s", async (target, message) => {
    const { book, stored } = open();
    book.note(sampleCapture({ id: "7d793037-other" }));
    const refused = book.take({ target, verdict: "fault" });
    await expect(refused).rejects.toMatchObject({ code: "LABEL_INVALID" });
    await expect(refused).rejects.toThrow(message);
    expect(stored).toEqual([]);
  });

  it("knows an event by its windows after a restart, and looks at the highest of them", async () => {
    const { book } = open();
    const [id, contributions] = ["e".repeat(36), event.contributions.toReversed()];
    book.note(sampleCapture({ id: "w1", eventId: id, score: 5 }));
    book.note(sampleCapture({ id: "w2", eventId: id, score: 9, contributions }));
    book.note(sampleCapture({ id: "w3", eventId: id, score: 6 }));
    const { pattern } = await book.take({ target: id, verdict: "fault" });
    expect(pattern).toMatchObject({ score: 9, tags: ["flow", "bearingTemperature"] });
  });

  it("knows of an event what all its windows looked like", async () => {
    const { book } = open();
    book.scored("pump-1", scoreAt(0, 9, { bearingTemperature: 0.75, flow: -0.25 }));
    book.note(sampleEvent({ id: "next", score: 9 }));
    book.scored("pump-1", scoreAt(1, 6, { bearingTemperature: -0.1, flow: 0.9 }));
    book.note(sampleEvent({ id: "next", revision: 1, phase: "closed", score: 9 }));
    const { pattern } = await book.take({ target: "next", verdict: "fault" });
    expect(pattern?.parts?.map(({ score }) => score)).toEqual([9, 6]);
  });

  it("lets a label be taken back whose event is long gone", async () => {
    const { book, stored } = open();
    await book.take(fault);
    const later = createLabelBook({ gateway: "gateway-1", store: async () => {}, labels: stored });
    const taken = await later.take({ target: event.id, verdict: "unsure" });
    expect(taken).toMatchObject({ machine: "pump-1", model: event.model });
    expect(taken.pattern).toEqual(stored[0]?.pattern);
  });

  it("remembers events however many windows come after them", async () => {
    const { book } = open();
    for (let count = 0; count < 50_001; count += 1)
      book.note({ ...capture, id: `window-${count}` });
    await expect(book.take({ target: capture.id, verdict: "fault" })).rejects.toThrow("no event");
    await expect(book.take(fault)).resolves.toMatchObject({ target: event.id });
  });
});
