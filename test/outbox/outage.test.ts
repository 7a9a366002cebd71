import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import type { LossReport } from "../../src/core/loss-report.ts";
import type { CaptureTensor, WindowCapture } from "../../src/core/window-capture.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { storeAndForward } from "../../src/outbox/store-and-forward.ts";
import { ALL_ACCEPTED, ALL_KINDS, type Sink } from "../../src/sinks/sink.ts";
import { sampleCapture, sampleEvent } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";
import { unreachable } from "./scripted-sink.ts";
import { rest, virtualTime } from "./virtual-time.ts";

const MIB = 1024 * 1024;
const MINUTES = 24 * 60;
const START_MS = Date.UTC(2026, 0, 1);
const running = new AbortController().signal;

/** What 12 frames of 10 tags take. */
const TENSOR: CaptureTensor = {
  ...{ name: "window", dataType: "FLOAT32", shape: [12, 10] },
  data: Buffer.alloc(12 * 10 * 4).toString("base64"),
};

/** Ten messages of incidents that open and close, and a hundred windows drawn by lot. */
function messagesOf(minute: number): readonly GatewayMessage[] {
  const endMs = START_MS + minute * 60_000;
  const events = Array.from({ length: 10 }, (_, index) =>
    sampleEvent({
      id: `incident-${minute}-${index >> 1}`,
      ...(index % 2 === 0 ? { revision: 0, phase: "opened" } : { revision: 1, phase: "closed" }),
      endMs,
    }),
  );
  const captures = Array.from({ length: 100 }, (_, index) =>
    sampleCapture({
      id: `capture-${minute}-${index}`,
      ...{ endMs, inclusionProbability: 0.01 },
      ...{ inputs: [TENSOR], outputs: [TENSOR], auxiliary: [TENSOR] },
    }),
  );
  return [...events, ...captures];
}

/** Bytes of the heap that are in use. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

/** A receiver that is away until it is told to come back. */
function distantSink() {
  let isAway = true;
  const events: string[] = [];
  const captures: WindowCapture[] = [];
  const reports: LossReport[] = [];
  const sink: Sink = {
    name: "cloud",
    kinds: ALL_KINDS,
    async write(batch) {
      if (isAway) throw unreachable;
      for (const message of batch) {
        if (message.kind === "capture") captures.push(message);
        else if (message.kind === "losses") reports.push(message);
        else events.push(`${message.id}/${message.revision}`);
      }
      return ALL_ACCEPTED;
    },
    async close() {},
  };
  return {
    sink,
    events,
    captures,
    reports,
    comeBack: () => {
      isAway = false;
    },
  };
}

describe("an outage of a day", () => {
  it("costs no event, no more disk than allowed, no memory, and windows evenly", {
    timeout: 600_000,
  }, async () => {
    virtualTime(START_MS);
    const maxBytes = 32 * MIB;
    const outbox = openOutbox(join(tempFolder(), "outbox.db"), { maxBytes });
    const receiver = distantSink();
    const forwarding = storeAndForward(receiver.sink, outbox, {
      ...{ random: () => 0.5, retryMaxMs: 600_000 },
    });
    onTestFinished(async () => {
      await forwarding.close();
      await outbox.close();
    });
    let mostBytes = 0;
    let heapAfterFourHours = 0;
    for (let minute = 0; minute < MINUTES; minute++) {
      await forwarding.write(messagesOf(minute), running);
      vi.advanceTimersByTime(60_000);
      await rest(5);
      mostBytes = Math.max(mostBytes, outbox.sizeBytes());
      if (minute === 4 * 60) heapAfterFourHours = heapBytes();
    }
    expect(heapBytes() - heapAfterFourHours).toBeLessThan(4 * MIB);
    expect(mostBytes).toBeGreaterThan(maxBytes / 2);
    // With the write-ahead log.
    expect(mostBytes).toBeLessThan(maxBytes + 3 * MIB);
    expect(forwarding.stats()).toMatchObject({ refused: 0, delivered: 0, deadLetters: 0 });

    receiver.comeBack();
    while (forwarding.stats().pending > 0) {
      vi.advanceTimersByTime(1000);
      await rest(50);
    }
    const { events, captures, reports } = receiver;
    const sent = Array.from({ length: MINUTES }, (_, minute) => messagesOf(minute)).flat();
    expect(events).toEqual(
      sent.filter(({ kind }) => kind === "anomaly").map(({ id, revision }) => `${id}/${revision}`),
    );
    const lost = reports.flatMap(({ counts }) => counts);
    expect(new Set(lost.map(({ kind, reason }) => `${kind} ${reason}`))).toEqual(
      new Set(["capture full"]),
    );
    const lostCount = lost.reduce((sum, { count }) => sum + count, 0);
    expect(lostCount + captures.length).toBe(MINUTES * 100);
    expect(new Set(captures.map(({ id }) => id)).size).toBe(captures.length);

    // Thinned over the whole day: each hour has its share, and those that stayed speak for those that went.
    const hours = Array.from({ length: 24 }, (_, hour) =>
      captures.filter(({ endMs }) => Math.floor((endMs - START_MS) / 3_600_000) === hour),
    );
    const even = captures.length / 24;
    for (const hour of hours) expect(hour.length).toBeGreaterThan(even / 4);
    const spokenFor = captures.reduce((sum, item) => sum + 0.01 / item.inclusionProbability, 0);
    expect(spokenFor / (MINUTES * 100)).toBeCloseTo(1, 1);
  });
});
