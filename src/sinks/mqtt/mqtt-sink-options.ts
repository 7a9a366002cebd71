import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { MessageKind } from "../../core/message-kind.ts";
import { GatewayError } from "../../errors.ts";
import { requireKnown, requireOneOf } from "../../math/range-checks.ts";
import { ALL_KINDS, EVENT_KINDS } from "../sink.ts";
import { cloudEventsForm } from "./cloud-events-form.ts";
import {
  CONNECTION_OPTIONS,
  type MqttConnectionOptions,
  requireConnection,
} from "./connection-options.ts";
import type { MessageForm } from "./message-form.ts";
import { SPARKPLUG_KINDS } from "./sparkplug/message-metrics.ts";
import { sparkplugForm } from "./sparkplug/sparkplug-form.ts";
import { topicTemplate } from "./topic-template.ts";

interface MqttSinkBase extends MqttConnectionOptions {
  /**
   * Unique within a gateway. The outbox keeps a queue of this name: keep it when the address changes, and what waits
   * goes to the new one.
   * @defaultValue `mqtt`
   */
  readonly name?: string;
  /**
   * Must be the gateway's own: a broker disconnects the older of two clients with one name.
   * @defaultValue made of the gateway's name and `name`
   */
  readonly clientId?: string;
  /**
   * @defaultValue {@link EVENT_KINDS}
   */
  readonly kinds?: readonly MessageKind[];
}

/** Messages as CloudEvents. */
export interface MqttCloudEventsOptions extends MqttSinkBase {
  readonly payload?: "cloudevents";
  /**
   * With `{gateway}`, `{machine}` and `{kind}`; characters that a level of a topic cannot have become `_`.
   * @defaultValue `wheeltapper/{gateway}/{machine}/{kind}`
   */
  readonly topic?: string;
  /**
   * Where `online` or `offline` stands, retained; with `{gateway}`.
   * @defaultValue `wheeltapper/{gateway}/status`
   */
  readonly statusTopic?: string;
}

/** Messages as metrics of Sparkplug B. */
export interface MqttSparkplugOptions extends MqttSinkBase {
  readonly payload: "sparkplug";
  /** The group of the edge node. */
  readonly group: string;
  /**
   * @defaultValue the gateway's name
   */
  readonly edgeNode?: string;
}

export type MqttSinkOptions = MqttCloudEventsOptions | MqttSparkplugOptions;

const BASE_OPTIONS = [...CONNECTION_OPTIONS, "name", "clientId", "kinds", "payload"] as const;

/** What the options say, once they are found to be right. */
export interface SinkPlan {
  readonly url: URL;
  readonly formFor: (gateway: string) => MessageForm;
}

/** @throws GatewayError `CONFIG_INVALID` for the first option that is wrong. */
export function readOptions(options: MqttSinkOptions): SinkPlan {
  requireOneOf("mqttSink", "payload", options.payload ?? "cloudevents", [
    "cloudevents",
    "sparkplug",
  ]);
  return options.payload === "sparkplug" ? sparkplugPlan(options) : cloudEventsPlan(options);
}

function cloudEventsPlan(options: MqttCloudEventsOptions): SinkPlan {
  requireKnown("mqttSink", options, [...BASE_OPTIONS, "topic", "statusTopic"]);
  const url = requireConnection("mqttSink", options);
  requireKinds(options.kinds, ALL_KINDS);
  const {
    topic = "wheeltapper/{gateway}/{machine}/{kind}",
    statusTopic = "wheeltapper/{gateway}/status",
  } = options;
  const topicOf = topicTemplate("mqttSink, topic", topic, ["gateway", "machine", "kind"]);
  const statusOf = topicTemplate("mqttSink, statusTopic", statusTopic, ["gateway"]);
  const formFor = (gateway: string): MessageForm =>
    cloudEventsForm(url, {
      topicOf: (message) =>
        topicOf({ gateway: message.gateway, machine: machineOf(message), kind: message.kind }),
      status: statusOf({ gateway }),
    });
  return { url, formFor };
}

function sparkplugPlan(options: MqttSparkplugOptions): SinkPlan {
  requireKnown("mqttSink", options, [...BASE_OPTIONS, "group", "edgeNode"]);
  const url = requireConnection("mqttSink", options);
  requireKinds(options.kinds, SPARKPLUG_KINDS);
  const { group, edgeNode } = options;
  if (typeof group !== "string" || group === "" || edgeNode === "") {
    throw new GatewayError(
      "CONFIG_INVALID",
      "mqttSink: Sparkplug needs the name of a group, and of the edge node one that is not empty",
    );
  }
  const formFor = (gateway: string): MessageForm =>
    sparkplugForm(url, { group, edgeNode: edgeNode ?? gateway });
  return { url, formFor };
}

function requireKinds(
  kinds: readonly MessageKind[] = EVENT_KINDS,
  choices: readonly MessageKind[],
): void {
  for (const kind of kinds) requireOneOf("mqttSink", "kinds", kind, choices);
}

function machineOf(message: GatewayMessage): string {
  return message.kind === "losses" ? message.queue : message.machine;
}
