import type { Subject } from "rxjs";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { GatewayMessage } from "../core/gateway-message.ts";
import type { Label } from "../core/label.ts";
import type { Score } from "../core/score.ts";
import { keptOf } from "../truth/dataset/kept-messages.ts";
import type { Counters } from "./counters.ts";
import { createDelivery, type Delivery } from "./delivery.ts";
import type { GatewayOptions, MachineScore } from "./gateway.ts";
import type { Intake } from "./intake.ts";
import { createLabelDesk, type LabelDesk } from "./label-desk.ts";
import { createMachine, type Machine } from "./machine.ts";
import { collectTags, requirePace, requireTags } from "./router.ts";
import { type Run, startRun } from "./run.ts";
import { createScoring, type Scoring } from "./scoring.ts";

/** What people listen to. */
export interface Streams {
  readonly events: Subject<GatewayEvent>;
  readonly scores: Subject<MachineScore>;
}

export interface Parts {
  readonly counters: Counters;
  readonly intake: Intake;
  readonly streams: Streams;
}

/** What there is while the gateway runs. */
export interface Stages {
  readonly machines: readonly Machine[];
  readonly scoring: Scoring;
  readonly delivery: Delivery;
  readonly desk: LabelDesk;
  readonly run: Run;
}

/** What a run before this one has left. */
export interface Remains {
  readonly unclosed: readonly GatewayEvent[];
  readonly labels: readonly Label[];
}

/** Reads what is left of earlier runs of this gateway. */
export async function readRemains({ outbox, name }: GatewayOptions): Promise<Remains> {
  const unclosed = (await outbox?.unclosed()) ?? [];
  const labels: Label[] = [];
  for await (const label of outbox ? keptOf(outbox, "label") : []) {
    if (label.gateway === name) labels.push(label);
  }
  return { labels, unclosed: unclosed.filter(({ gateway }) => gateway === name) };
}

/**
 * Puts the stages together and connects the sources.
 *
 * @throws GatewayError `CONFIG_INVALID` when a tag is missing or comes twice; nothing is connected then
 */
export function connect(
  options: GatewayOptions,
  { unclosed, labels }: Remains,
  { counters, intake, streams }: Parts,
): Stages {
  const send = (message: GatewayMessage): void => {
    if (message.kind === "anomaly" || message.kind === "capture") desk.note(message);
    delivery.store(message, () => counters.drop("outbox-refused"));
  };
  const onScore = (machine: string, score: Score): void => {
    desk.scored(machine, score);
    if (streams.scores.observed) streams.scores.next({ machine, ...score });
  };
  const scoring = createScoring(options.scoring ?? {}, options.sources);
  const outlets = { counters, scoring, send, onScore };
  const machines = createMachines(options, { unclosed, labels }, outlets);
  const delivery = createDelivery(options.sinks ?? [], options.outbox);
  const onLabel = (label: Label): void => {
    for (const machine of machines) machine.learn(label);
    send(label);
  };
  const desk = createLabelDesk({
    gateway: options.name,
    outbox: options.outbox,
    labels,
    sources: options.labels ?? [],
    onLabel,
  });
  const onEvent = (event: GatewayEvent): void => {
    counters.count("events");
    streams.events.next(event);
    send(event);
  };
  closeOrphans(unclosed, machines).forEach(onEvent);
  const run = startRun({ intake, machines, delivery, counters, onEvent });
  return { machines, scoring, delivery, desk, run };
}

/** Where machines put what they have. */
interface Outlets extends Pick<Parts, "counters">, Pick<Stages, "scoring"> {
  readonly send: (message: GatewayMessage) => void;
  readonly onScore: (machine: string, score: Score) => void;
}

function createMachines(
  { name: gateway, machines, sources, captures }: GatewayOptions,
  { unclosed, labels }: Remains,
  { counters, scoring, send, onScore }: Outlets,
): readonly Machine[] {
  const sourceTags = collectTags(sources);
  const created = machines.map((machine) => {
    const left = unclosed.filter((event) => event.machine === machine.name);
    return createMachine(machine, {
      gateway,
      sourceTags,
      counters,
      scoring,
      unclosed: left,
      labels,
      captures,
      onScore: (score) => onScore(machine.name, score),
      onMessage: send,
    });
  });
  requireTags(created, sourceTags);
  requirePace(created);
  return created;
}

/**
 * The closing messages of events that nobody can go on with, because their machine or sensor is gone, or the machine has another model
 * now: otherwise they would stay open at the receiver for ever.
 */
function closeOrphans(
  unclosed: readonly GatewayEvent[],
  machines: readonly Machine[],
): readonly GatewayEvent[] {
  const resumed = new Set(
    machines.flatMap((machine) => {
      const { openEvents, sensorFaults, drift } = machine.health();
      return [...openEvents, ...sensorFaults.map(({ id }) => id), ...(drift ? [drift.id] : [])];
    }),
  );
  return unclosed
    .filter(({ id }) => !resumed.has(id))
    .map((event) => ({
      ...event,
      phase: "closed",
      revision: event.revision + 1,
      ...("readings" in event && { readings: [] }),
    }));
}
