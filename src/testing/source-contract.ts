import { filter, firstValueFrom, type Subscription, timeout } from "rxjs";
import { afterEach, expect, it } from "vitest";
import type { Reading } from "../core/reading.ts";
import type { Source, SourceState, SourceStatus } from "../sources/source.ts";

/** A source with something real behind it, made anew for every test. */
export interface SourceHarness {
  /** Must deliver a good or uncertain reading of every tag soon after it is subscribed, and go on delivering until it completes. */
  readonly source: Source;
  /** Connections that the device has open now; leave it out for a source that has none, like a trace. */
  connections?(): number | Promise<number>;
  /** Makes the device unreachable and back; a text instead says why this source cannot be tested so. */
  readonly outage: { takeAway(): void | Promise<void>; bringBack(): void | Promise<void> } | string;
  /** Called after the test. */
  close?(): void | Promise<void>;
}

/** How long the suite waits for something that has to happen. */
const PATIENCE_MS = 20_000;

/** The promises every source keeps. Call it inside `describe`. */
export function sourceContract(setup: () => SourceHarness | Promise<SourceHarness>): void {
  const open: SourceHarness[] = [];
  const listening: Subscription[] = [];

  const start = async (): Promise<SourceHarness> => {
    const harness = await setup();
    open.push(harness);
    return harness;
  };

  /** Subscribes and keeps what comes. */
  const listen = (source: Source): Listener => {
    const readings: Reading[] = [];
    const listener: Listener = { readings, completed: false, subscription: undefined as never };
    listener.subscription = source.readings.subscribe({
      next: (reading) => readings.push(reading),
      error: (cause: unknown) => {
        listener.failed = cause instanceof Error ? cause : new Error(String(cause));
      },
      complete: () => {
        listener.completed = true;
      },
    });
    listening.push(listener.subscription);
    return listener;
  };

  const everyTagRead = async ({ source }: SourceHarness, listener: Listener): Promise<void> => {
    await until(`a value of every tag of ${source.name}`, () => {
      if (listener.failed) throw listener.failed;
      return source.tags.every(({ name }) =>
        listener.readings.some(({ tag, quality }) => tag === name && quality !== "bad"),
      );
    });
  };

  afterEach(async () => {
    for (const subscription of listening.splice(0)) subscription.unsubscribe();
    for (const harness of open.splice(0)) await harness.close?.();
  });

  it("does nothing until somebody subscribes", async () => {
    const harness = await start();
    expect(await stateOf(harness.source)).toBe("idle");
    if (harness.connections) expect(await harness.connections()).toBe(0);
  });

  it("delivers finite times that never run backwards, declared tags only, NaN exactly when bad", async () => {
    const harness = await start();
    const listener = listen(harness.source);
    await everyTagRead(harness, listener);

    const names = harness.source.tags.map(({ name }) => name);
    const lastMs = new Map<string, number>();
    for (const { tag, timeMs, value, quality } of listener.readings) {
      expect(names).toContain(tag);
      expect(Number.isFinite(timeMs)).toBe(true);
      expect(timeMs).toBeGreaterThanOrEqual(lastMs.get(tag) ?? timeMs);
      lastMs.set(tag, timeMs);
      expect(["good", "uncertain", "bad"]).toContain(quality);
      expect(Number.isNaN(value)).toBe(quality === "bad");
      expect(Math.abs(value)).not.toBe(Number.POSITIVE_INFINITY);
    }
  });

  it("says live no sooner than a value arrives", async () => {
    const harness = await start();
    const order: string[] = [];
    listening.push(
      harness.source.status.subscribe({
        next: ({ state }) => order.push(state),
        error: () => order.push("failed"),
      }),
      harness.source.readings.subscribe({
        next: ({ quality }) => order.push(quality === "bad" ? "bad" : "value"),
        error: () => {},
      }),
    );
    await until("a value", () => order.includes("value"));
    await until("live or ended", () => order.includes("live") || order.includes("ended"));
    expect(order[0]).toBe("idle");
    expect(order.filter((word) => word === "connecting" || word === "live")[0]).toBe("connecting");
    const live = order.indexOf("live");
    expect(order.slice(live - 1, live + 2)).toContain("value");
  });

  it("gives every subscriber its own run of readings", async () => {
    const harness = await start();
    const first = listen(harness.source);
    const second = listen(harness.source);
    await everyTagRead(harness, first);
    await everyTagRead(harness, second);
    if (harness.connections) expect(await harness.connections()).toBe(2);

    first.subscription.unsubscribe();
    if (harness.connections) {
      await until("one connection less", async () => (await harness.connections?.()) === 1);
    }
    if (!second.completed) {
      const heard = second.readings.length;
      await until(
        "the second subscriber hears more",
        () => second.completed || second.readings.length > heard,
      );
    }
  });

  it("disconnects when unsubscribed, at once even before the first reading", async () => {
    const harness = await start();
    listen(harness.source).subscription.unsubscribe();
    const listener = listen(harness.source);
    await everyTagRead(harness, listener);
    listener.subscription.unsubscribe();
    const heard = listener.readings.length;
    if (harness.connections) {
      await until("no connection", async () => (await harness.connections?.()) === 0);
    }
    expect(listener.readings).toHaveLength(heard);
    expect(["idle", "ended"]).toContain(await stateOf(harness.source));
  });

  it("says silent and why when the device is gone, gives each tag one bad reading, comes back by itself", async ({
    skip,
  }) => {
    const harness = await start();
    const { source, outage } = harness;
    if (typeof outage === "string") return skip(outage);
    const listener = listen(source);
    await everyTagRead(harness, listener);

    await outage.takeAway();
    const { error } = await nextStatus(source, "silent");
    expect(error).toMatchObject({ name: "GatewayError" });
    expect(error?.message).not.toBe("");
    await until("a bad reading of every tag", () =>
      source.tags.every(
        ({ name }) => listener.readings.findLast(({ tag }) => tag === name)?.quality === "bad",
      ),
    );

    await outage.bringBack();
    await nextStatus(source, "live");
    const gap = listener.readings.length - 1;
    await until("values again", () =>
      listener.readings.slice(gap).some(({ quality }) => quality !== "bad"),
    );
    expect(listener.failed).toBeUndefined();
    expect(listener.completed).toBe(false);
  });

  it("keeps trying when the device is away from the start", async ({ skip }) => {
    const harness = await start();
    const { source, outage } = harness;
    if (typeof outage === "string") return skip(outage);
    await outage.takeAway();
    const listener = listen(source);
    const { error } = await nextStatus(source, "silent");
    expect(error).toMatchObject({ name: "GatewayError" });
    expect(listener.readings.map(({ tag }) => tag).sort()).toEqual(
      source.tags.map(({ name }) => name).sort(),
    );

    await outage.bringBack();
    await everyTagRead(harness, listener);
    expect(await stateOf(source)).toBe("live");
  });
}

interface Listener {
  readonly readings: Reading[];
  subscription: Subscription;
  completed: boolean;
  failed?: Error;
}

/** What the source says right now. */
async function stateOf(source: Source): Promise<SourceState> {
  return (await firstValueFrom(source.status)).state;
}

function nextStatus(source: Source, state: SourceState): Promise<SourceStatus> {
  return firstValueFrom(
    source.status.pipe(
      filter((status) => status.state === state),
      timeout(PATIENCE_MS),
    ),
  );
}

/** Waits for a condition, not for a time. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(holds, { message: what, timeout: PATIENCE_MS, interval: 10 }).toBe(true);
}
