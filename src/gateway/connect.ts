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
import { createNewestReadings } from "./newest-readings.ts";
import { closeOrphans, withoutReadings } from "./orphans.ts";
import { collectTags, requirePace, requireTags } from "./router.ts";
import { type Run, startRun } from "./run.ts";
import { createScoring, type Scoring } from "./scoring.ts";
import {
  createSwappableMachine,
  type SwappableMachine,
  type SwapSurroundings,
} from "./swappable-machine.ts";

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
  readonly machines: readonly SwappableMachine[];
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
  const left = (await outbox?.unclosed()) ?? [];
  const unclosed = left.filter(({ gateway }) => gateway === name).map(withoutReadings);
  const labels: Label[] = [];
  for await (const label of outbox ? keptOf(outbox, "label") : []) {
    if (label.gateway === name) labels.push(label);
  }
  return { labels, unclosed };
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
  const sourceTags = collectTags(options.sources);
  const newest = createNewestReadings(sourceTags.keys());
  const scoring = createScoring(options.scoring ?? {}, options.sources);
  const outlets = {
    sourceTags,
    counters,
    newest,
    scoring,
    send,
    onScore,
    onTags: () => run.reroute(),
  };
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
  const run = startRun({ intake, machines, delivery, counters, onEvent, newest });
  return { machines, scoring, delivery, desk, run };
}

/** Where machines put what they have. */
interface Outlets
  extends Pick<SwapSurroundings, "counters" | "newest" | "onTags" | "scoring" | "sourceTags"> {
  readonly send: (message: GatewayMessage) => void;
  readonly onScore: (machine: string, score: Score) => void;
}

function createMachines(
  { name: gateway, machines, captures }: GatewayOptions,
  { unclosed, labels }: Remains,
  { send, onScore, ...others }: Outlets,
): readonly SwappableMachine[] {
  const { sourceTags } = others;
  const created = machines.map((machine) => {
    const left = unclosed.filter((event) => event.machine === machine.name);
    return createSwappableMachine(machine, {
      ...others,
      gateway,
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
