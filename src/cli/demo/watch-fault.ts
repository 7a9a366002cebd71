import { filter, firstValueFrom, interval, type Observable, race, timer } from "rxjs";
import type { AnomalyEvent, EventPhase } from "../../core/anomaly-event.ts";
import type { GatewayEvent } from "../../core/gateway-event.ts";
import { createGateway } from "../../gateway/create-gateway.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Model } from "../../model/model.ts";
import { openOutbox } from "../../outbox/open-outbox.ts";
import type { FaultKind } from "../../simulator/fault.ts";
import type { Simulator } from "../../simulator/start-simulator.ts";
import { messageId } from "../../sinks/cloud-event.ts";
import { httpSink } from "../../sinks/http/http-sink.ts";
import type { Source } from "../../sources/source.ts";
import type { Receiver } from "./receiver.ts";

export interface WatchOptions {
  readonly skid: Simulator;
  readonly sources: readonly Source[];
  readonly model: Model;
  readonly receiver: Receiver;
  readonly outboxPath: string;
  readonly say: (text: string) => void;
}

/** What the demonstration came to; printed as it stands with `--json`. */
export interface DemoResult {
  readonly readings: number;
  readonly frames: number;
  readonly windows: number;
  readonly events: readonly DemoEvent[];
  /** Messages (opened, updated, closed) that reached the receiver. */
  readonly delivered: number;
  readonly duplicates: number;
  readonly lost: number;
}

export interface DemoEvent {
  readonly id: string;
  /** The fault that was there when it opened; none would be a false alarm. */
  readonly fault: FaultKind | null;
  readonly openedAfterMs: number | null;
  readonly closed: boolean;
  readonly topTag: string;
}

const FAULT: FaultKind = "bearing-wear";
const QUIET_MS = 8_000;
const OPEN_WITHIN_MS = 10_000;
const HOLD_MS = 2_000;
const CLOSE_WITHIN_MS = 15_000;
const DELIVER_WITHIN_MS = 5_000;

/**
 * Runs the gateway through normal operation, a fault, and the recovery from it.
 *
 * @returns the result, the scores on the way, and whether all went as it should
 */
export async function watchFault(options: WatchOptions): Promise<{
  readonly result: DemoResult;
  readonly scores: readonly number[];
  readonly passed: boolean;
}> {
  const { skid, sources, model, receiver, outboxPath, say } = options;
  const outbox = openOutbox(outboxPath);
  const gateway = createGateway({
    name: "demo",
    sources,
    machines: [{ name: "skid", model }],
    sinks: [httpSink({ url: receiver.url })],
    outbox,
    handleSignals: false, // the whole demonstration ends then, not only its gateway
  });
  const scores: number[] = [];
  const told: Told[] = [];
  const anomalies = gateway.events.pipe(filter((event) => event.kind === "anomaly"));
  const listening = [
    gateway.scores.forEach(({ value }) => void scores.push(value)),
    anomalies.forEach((event) => {
      told.push({ event, atMs: Date.now(), faulty: skid.activeFaults.length > 0 });
      const { phase, score, contributions } = event;
      say(`  event ${phase}: score ${score.toFixed(1)}, most of it from ${contributions[0]?.tag}`);
    }),
  ];

  await gateway.start();
  const injectedMs = await rideOut(gateway, skid, say);
  await until(
    () => gateway.health().sinks.every(({ pending }) => pending === 0),
    DELIVER_WITHIN_MS,
  );
  const { readings, frames, windows } = gateway.health().counters;
  await gateway.stop();
  await outbox.close();
  await Promise.all(listening);

  const result = {
    readings,
    frames,
    windows,
    events: summarize(told, injectedMs),
    ...compare(told, receiver),
  };
  const [first, ...others] = result.events;
  const passed =
    first?.fault === FAULT &&
    first.closed &&
    others.length === 0 &&
    result.duplicates + result.lost === 0;
  return { result, scores, passed };
}

interface Told {
  readonly event: AnomalyEvent;
  readonly atMs: number;
  readonly faulty: boolean;
}

/** Normal operation, the fault until it is found, and the recovery; returns when the fault was injected. */
async function rideOut(
  gateway: Gateway,
  skid: Simulator,
  say: (text: string) => void,
): Promise<number> {
  say("gateway running, all is normal");
  await firstValueFrom(timer(QUIET_MS));
  const injectedMs = Date.now();
  const opened = heard(gateway.events, "opened", OPEN_WITHIN_MS);
  skid.inject(FAULT);
  say(`fault injected: ${FAULT}`);
  await opened;
  await firstValueFrom(timer(HOLD_MS));
  const closed = heard(gateway.events, "closed", CLOSE_WITHIN_MS);
  skid.clear(FAULT);
  say("fault taken away");
  await closed;
  return injectedMs;
}

/** Resolves at the first event of a phase, or after `withinMs` without one. */
async function heard(
  events: Observable<GatewayEvent>,
  phase: EventPhase,
  withinMs: number,
): Promise<void> {
  await firstValueFrom(
    race(
      events.pipe(filter((event) => event.kind === "anomaly" && event.phase === phase)),
      timer(withinMs),
    ),
  );
}

async function until(condition: () => boolean, withinMs: number): Promise<void> {
  await firstValueFrom(race(interval(20).pipe(filter(condition)), timer(withinMs)));
}

function summarize(told: readonly Told[], injectedMs: number): readonly DemoEvent[] {
  const closed = new Set(
    told.filter(({ event }) => event.phase === "closed").map(({ event }) => event.id),
  );
  return told
    .filter(({ event }) => event.phase === "opened")
    .map(({ event: { id, contributions }, atMs, faulty }) => ({
      id,
      fault: faulty ? FAULT : null,
      openedAfterMs: faulty ? atMs - injectedMs : null,
      closed: closed.has(id),
      topTag: contributions[0]?.tag ?? "",
    }));
}

/** What was told here against what arrived there. */
function compare(
  told: readonly Told[],
  { received }: Receiver,
): Pick<DemoResult, "delivered" | "duplicates" | "lost"> {
  const ids = told.map(({ event }) => messageId(event));
  return {
    delivered: received.size,
    duplicates: [...received.values()].reduce((sum, times) => sum + times - 1, 0),
    lost: ids.filter((id) => !received.has(id)).length,
  };
}
