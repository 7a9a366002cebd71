import sparkplug from "sparkplug-payload";
import { expect } from "vitest";
import type { Arrival } from "./aedes-broker.ts";

/** A metric as a decoder by others reads it. */
export interface HeardMetric {
  readonly name: string;
  readonly value: unknown;
  readonly isHistorical: boolean;
}

export interface HeardMessage {
  readonly type: string;
  readonly device: string | undefined;
  readonly seq: number | undefined;
  readonly metrics: readonly HeardMetric[];
}

/** What a host application knows after it has heard all of it. */
export interface Host {
  readonly messages: readonly HeardMessage[];
  /** What goes against the specification, in words. */
  readonly violations: readonly string[];
  /** Current values, by device and metric; of the node under its own name, "". */
  value(device: string, metric: string): unknown;
  isOnline(device?: string): boolean;
}

const codec = sparkplug.get("spBv1.0") ?? expect.unreachable();

/** What is known at one moment. */
interface Knowledge {
  readonly values: Map<string, Map<string, unknown>>;
  readonly online: Set<string>;
  nextSeq: number | undefined;
  birth: unknown;
}

/** Follows the rules for hosts of Sparkplug 3.0 through everything that has come, in its order. */
export function hostOf(arrivals: readonly Arrival[], group: string, node: string): Host {
  const known: Knowledge = {
    values: new Map(),
    online: new Set(),
    nextSeq: undefined,
    birth: undefined,
  };
  const messages: HeardMessage[] = [];
  const violations: string[] = [];
  for (const arrival of arrivals) {
    const [space, ofGroup, type = "", ofNode, device] = arrival.topic.split("/");
    if (space !== "spBv1.0" || ofGroup !== group || ofNode !== node || type === "NCMD") continue;
    const message = decoded(type, device, arrival);
    messages.push(message);
    for (const what of [...wrongDelivery(type, arrival), ...wrongMessage(known, message)]) {
      violations.push(`message ${messages.length} (${type}): ${what}`);
    }
    learn(known, message);
  }
  const { values, online } = known;
  return {
    messages,
    violations,
    value: (device, metric) => values.get(device)?.get(metric),
    isOnline: (device = "") => online.has(device),
  };
}

function wrongDelivery(type: string, { retain, qos }: Arrival): string[] {
  return [
    ...(retain ? ["is retained"] : []),
    ...(type !== "NDEATH" && qos !== 0 ? [`has QoS ${qos}`] : []),
  ];
}

function wrongMessage(
  known: Knowledge,
  { type, device = "", seq, metrics }: HeardMessage,
): string[] {
  const hasNumber = metrics.some(({ name }) => name === "bdSeq");
  if (type === "NDEATH" || type === "NBIRTH") {
    const expected = type === "NBIRTH" ? 0 : undefined;
    return [
      ...(hasNumber ? [] : ["has no bdSeq"]),
      ...(seq === expected ? [] : [`has sequence number ${seq}, expected ${expected}`]),
    ];
  }
  const born = known.online.has(device) ? known.values.get(device) : undefined;
  const unborn = type === "DDATA" ? metrics.filter(({ name }) => !born?.has(name)) : [];
  return [
    ...(known.online.has("") ? [] : ["comes before the birth of the node"]),
    ...(seq === known.nextSeq ? [] : [`has sequence number ${seq}, expected ${known.nextSeq}`]),
    ...unborn.map(({ name }) => `has the metric ${name}, which was not born`),
  ];
}

function learn(known: Knowledge, { type, device = "", seq, metrics }: HeardMessage): void {
  const number = metrics.find(({ name }) => name === "bdSeq")?.value;
  if (type === "NDEATH") {
    // The death of an earlier connection does not end this one.
    if (number === known.birth) known.online.clear();
    return;
  }
  if (type === "NBIRTH") {
    known.birth = number;
    known.online.clear();
  }
  known.nextSeq = ((seq ?? 0) + 1) % 256;
  if (type === "DDEATH") known.online.delete(device);
  if (type.endsWith("BIRTH")) {
    known.online.add(device);
    known.values.set(device, new Map());
  }
  for (const { name, value, isHistorical } of metrics) {
    if (!isHistorical) known.values.get(device)?.set(name, value);
  }
}

function decoded(type: string, device: string | undefined, { payload }: Arrival): HeardMessage {
  const { seq, metrics } = codec.decodePayload(payload);
  return {
    type,
    device,
    seq: seq === undefined || seq === null ? undefined : Number(seq),
    metrics: (metrics ?? []).map(({ name, value, isNull, isHistorical }) => ({
      name: name ?? "",
      value: isNull ? null : plain(value),
      isHistorical: isHistorical ?? false,
    })),
  };
}

/** Long numbers come as objects. */
function plain(value: unknown): unknown {
  return typeof value === "object" && value !== null ? Number(value) : value;
}

/** A command to be born again, as the specification's own library encodes it. */
export function rebirthCommand(value: boolean = true): Buffer {
  const metrics = [{ name: "Node Control/Rebirth", type: "Boolean", value } as const];
  return Buffer.from(codec.encodePayload({ timestamp: Date.now(), metrics: [...metrics] }));
}
