import type { Subscription } from "rxjs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { IncomingLabel, LabelInput } from "../../../src/core/label.ts";
import { type MqttLabelsOptions, mqttLabels } from "../../../src/sinks/mqtt/index.ts";
import { startAedes } from "./aedes-broker.ts";
import { listen, mosquittoSkipReason, startMosquitto } from "./mosquitto.ts";

const patience = { timeout: 20_000 };
const label: LabelInput = {
  target: "gateway-1/pump-1/1700000000000",
  verdict: "false-alarm",
  note: "valve test",
  by: "shift B",
  atMs: 1_700_000_060_000,
};
const skip = mosquittoSkipReason() !== undefined;

/** Takes labels until the test ends, or `unsubscribe` is called. */
function take(
  options: Pick<MqttLabelsOptions, "url"> & Partial<MqttLabelsOptions>,
  keep = (label: IncomingLabel): void => label.done?.(),
): {
  readonly labels: readonly LabelInput[];
  readonly ended: readonly unknown[];
  readonly subscription: Subscription;
} {
  const labels: LabelInput[] = [];
  const ended: unknown[] = [];
  const source = mqttLabels({
    topic: "labels/gateway-1",
    clientId: "gateway-1-labels",
    ...options,
  });
  const subscription = source.subscribe({
    next(one) {
      const { done: _, ...said } = one;
      labels.push(said);
      keep(one);
    },
    error: (error: unknown) => ended.push(error),
    complete: () => ended.push("completed"),
  });
  onTestFinished(() => subscription.unsubscribe());
  return { labels, ended, subscription };
}

/** Warnings about labels that are issued from now on, in silence. */
function warnings(): readonly string[] {
  const texts: string[] = [];
  vi.spyOn(process, "emitWarning").mockImplementation((text) => void texts.push(String(text)));
  onTestFinished(() => void vi.restoreAllMocks());
  return texts;
}

describe.skipIf(skip).each([4, 5] as const)("mqttLabels with mosquitto, version %i", (version) => {
  it("takes what people say, and what they have said while the gateway was away", async () => {
    const broker = await startMosquitto();
    const cloud = await listen(broker.url, "heard/nothing");
    const first = take({ url: broker.url, version, topic: "labels/#" });
    const send = (note: string) =>
      cloud.publish("labels/gateway-1", JSON.stringify({ ...label, note }));
    // Until the subscription stands, nobody keeps what is sent.
    await expect
      .poll(async () => {
        await send("one");
        return first.labels.at(-1);
      }, patience)
      .toEqual({ ...label, note: "one" });
    first.subscription.unsubscribe();
    const before = first.labels.length;
    await send("two");
    await send("three");
    const second = take({ url: broker.url, version, topic: "labels/#" });
    const heard = (): unknown =>
      second.labels.map(({ note }) => note).filter((note) => note !== "one");
    await expect.poll(heard, patience).toEqual(["two", "three"]);
    expect(first.labels).toHaveLength(before);
    expect(second.ended).toEqual([]);
  });
});

describe.skipIf(skip).each([4, 5] as const)("mqttLabels, version %i", (version) => {
  it("acknowledges what was kept, and gets all else again, in order", async () => {
    const broker = await startMosquitto();
    const cloud = await listen(broker.url, "heard/nothing");
    const send = (note: string) =>
      cloud.publish("labels/gateway-1", JSON.stringify({ ...label, note }));
    const notes = ({ labels }: { labels: readonly LabelInput[] }) =>
      labels.map(({ note }) => note).filter((note) => note !== "zero");
    const first = take({ url: broker.url, version }, ({ note, done }) => {
      if (note === "zero" || note === "one") done?.();
    });
    await vi.waitUntil(async () => {
      await send("zero");
      return first.labels.length > 0;
    }, patience);
    for (const note of ["one", "two", "three"]) await send(note);
    // Two is never kept, and three waits for it.
    await expect.poll(() => notes(first), patience).toEqual(["one", "two"]);
    first.subscription.unsubscribe();

    const second = take({ url: broker.url, version });
    await expect.poll(() => notes(second), patience).toEqual(["two", "three"]);
    second.subscription.unsubscribe();
    const third = take({ url: broker.url, version });
    await send("four");
    await expect.poll(() => notes(third), patience).toEqual(["four"]);
  });
});

describe("mqttLabels", () => {
  it("gives the connection up while a label cannot be kept, and does not emit it twice", async () => {
    const broker = await startAedes();
    const texts = warnings();
    const waiting: IncomingLabel[] = [];
    let storeIsBack = false;
    const { labels } = take({ url: broker.url, version: 4 }, (one) => {
      if (storeIsBack) one.done?.();
      else waiting.push(one);
    });
    await vi.waitUntil(async () => {
      if (labels.length === 0) await broker.publish("labels/gateway-1", JSON.stringify(label));
      return broker.connections > 1;
    }, patience);
    expect(labels).toEqual([label]);
    expect(texts).toEqual([expect.stringContaining("was not kept within 5000 ms")]);
    // It may have been sent twice before the first came.
    storeIsBack = true;
    for (const one of waiting) one.done?.();
    await vi.waitUntil(async () => {
      await broker.publish("labels/gateway-1", JSON.stringify({ ...label, note: "next" }));
      return labels.at(-1)?.note === "next";
    }, patience);
  });

  it("drops what is no label, says so, and goes on", async () => {
    const broker = await startAedes();
    const texts = warnings();
    const { labels, ended } = take({ url: broker.url, version: 4 });
    const send = (payload: string | Buffer) => broker.publish("labels/gateway-1", payload);
    await vi.waitUntil(async () => {
      await send(JSON.stringify(label));
      return labels.length > 0;
    }, patience);
    const before = labels.length;
    for (const payload of ["", "{", "null", '{"verdict":"fault"}', Buffer.from([0xff, 0])]) {
      await send(payload);
    }
    await send(JSON.stringify({ ...label, verdict: "perhaps" }));
    for (let number = 0; number < 10; number += 1) await send("[]");
    await send(JSON.stringify({ ...label, verdict: "fault", note: "the last one" }));
    await expect.poll(() => labels.at(-1)?.note, patience).toBe("the last one");
    expect(labels).toHaveLength(before + 1);
    expect(ended).toEqual([]);
    // Of the first, and of the tenth.
    expect(texts).toHaveLength(2);
    expect(texts[1]).toContain("10 messages that are no labels");
  });

  it("comes back when the broker does, with one warning", async () => {
    const broker = await startAedes();
    const texts = warnings();
    const { labels, ended } = take({ url: broker.url, version: 4 });
    const hears = async (): Promise<boolean> => {
      const before = labels.length;
      await broker.publish("labels/gateway-1", JSON.stringify(label));
      return labels.length > before;
    };
    await vi.waitUntil(hears, patience);
    await broker.kill();
    await vi.waitUntil(() => texts.length > 0, patience);
    await broker.start();
    await vi.waitUntil(hears, patience);
    expect(texts).toEqual([expect.stringContaining("no labels come")]);
    expect(ended).toEqual([]);
  });

  it("connects for whoever subscribes, and for nobody else", async () => {
    const broker = await startAedes();
    const source = mqttLabels({ url: broker.url, version: 4, topic: "labels", clientId: "labels" });
    expect(broker.connections).toBe(0);
    const subscription = source.subscribe();
    await expect.poll(() => broker.connections, patience).toBe(1);
    subscription.unsubscribe();
    await expect.poll(() => broker.connected, patience).toBe(0);
  });

  it.each([
    { options: { topic: "" }, message: /topic/ },
    { options: { clientId: "" }, message: /clientId/ },
    { options: { url: "ftp://broker.example" }, message: /url/ },
    { options: { qos: 2 }, message: /there is no option "qos"/ },
  ])("refuses $options", ({ options, message }) => {
    const good = { url: "mqtt://broker.example", topic: "labels", clientId: "labels" };
    expect(() => mqttLabels({ ...good, ...options })).toThrow(message);
  });
});
