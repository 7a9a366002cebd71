import { GatewayError } from "../errors.ts";
import {
  requireCount,
  requireKnown,
  requireNotNegative,
  requireOneOf,
} from "../math/range-checks.ts";
import { requireSensorLimits } from "../math/sensor-limits.ts";
import type { GatewayOptions } from "./gateway.ts";
import type { MachineOptions } from "./machine.ts";
import type { ScoringOptions } from "./scoring.ts";

/** @throws GatewayError `CONFIG_INVALID` for the first option that is missing, wrong, or not known */
export function checkOptions(options: GatewayOptions): void {
  const owner = "createGateway";
  requireKnown(owner, options, KNOWN);
  const { name, sources, machines, sinks = [], outbox, scoring, captures, labels = [] } = options;
  requireNames("name", [{ name }]);
  requireNames("sources", sources);
  requireNames("machines", machines);
  for (const machine of machines) checkMachine(machine);
  if (sinks.length > 0) requireNames("sinks", sinks);
  if (scoring) requireScoring(`${owner}: scoring`, scoring);
  if (captures) requireKnown(`${owner}: captures`, captures, ["bytesPerDay", "seed"]);
  const needs = [
    ...(sinks.length > 0 ? ["sinks"] : []),
    ...(captures ? ["captures"] : []),
    ...(labels.length > 0 ? ["labels"] : []),
  ];
  if (needs.length === 0 || outbox !== undefined) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `${owner}: ${needs.join(" and ")} need an outbox, got none`,
    { hint: 'Give it one: `outbox: openOutbox("outbox.db")`.' },
  );
}

function requireScoring(owner: string, scoring: ScoringOptions): void {
  requireKnown(owner, scoring, ["maxBatch", "maxDelayMs", "maxWaiting", "overload"]);
  const {
    maxBatch = 1,
    maxDelayMs = 0,
    maxWaiting = maxBatch,
    overload = "widen-strides",
  } = scoring;
  requireCount(owner, { maxBatch, maxWaiting });
  requireNotNegative(owner, { maxDelayMs });
  requireOneOf(owner, "overload", overload, ["widen-strides", "drop-oldest", "wait"]);
}

const KNOWN = [
  "name",
  "sources",
  "machines",
  "scoring",
  "captures",
  "labels",
  "sinks",
  "outbox",
  "handleSignals",
] as const satisfies readonly (keyof GatewayOptions)[];

/** @throws GatewayError `CONFIG_INVALID` as {@link checkOptions}, for one machine */
export function checkMachine(machine: MachineOptions): void {
  const owner = `machine "${machine.name}"`;
  requireKnown(owner, machine, [
    "name",
    "model",
    "tagNames",
    "latenessMs",
    "rollMs",
    "sensorFaults",
  ]);
  const { model, tagNames = {}, latenessMs = 0, rollMs = 0, sensorFaults = {} } = machine;
  if (typeof model?.score !== "function" || model.card === undefined) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `${owner}: expected a loaded model, got ${typeof model}`,
      {
        hint: "Await loadModel or trainModel.",
      },
    );
  }
  const names = model.card.tags.map((tag) => tag.name);
  const stranger = Object.keys(tagNames).find((tag) => !names.includes(tag));
  if (stranger !== undefined) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `${owner}: tagNames: expected tags of the model (${names.join(", ")}), got ${stranger}`,
    );
  }
  requireNotNegative(owner, { latenessMs, rollMs });
  const read = names.map((name) => ({ name: tagNames[name] ?? name }));
  if (sensorFaults !== false) requireSensorLimits(owner, sensorFaults, read);
}

function requireNames(option: string, named: readonly { readonly name: string }[]): void {
  const names = Array.isArray(named) ? named.map(({ name }) => name) : [];
  if (names.length > 0 && names.every(Boolean) && new Set(names).size === names.length) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `createGateway: ${option}: expected one or more different names, got [${names.join(", ")}]`,
  );
}
