import { mqttSink } from "../../../src/sinks/mqtt/index.ts";
import type { Sink } from "../../../src/sinks/sink.ts";
import type { Broker } from "./aedes-broker.ts";
import { type HeardMessage, type Host, hostOf } from "./sparkplug-host.ts";

export const NODE = "gateway-1";

export function sparkplugSink(broker: Broker, more: object = {}): Sink {
  return mqttSink({ url: broker.url, version: 4, payload: "sparkplug", group: "plant", ...more });
}

export const hostAt = ({ arrivals }: Broker): Host => hostOf(arrivals, "plant", NODE);
export const typesAt = (broker: Broker): string[] =>
  hostAt(broker).messages.map(({ type }) => type);

export function metricOf({ metrics }: HeardMessage, name: string): unknown {
  return metrics.find((metric) => metric.name.endsWith(name))?.value;
}

export function dataAt(broker: Broker): HeardMessage[] {
  return hostAt(broker).messages.filter(({ type }) => type === "DDATA");
}
