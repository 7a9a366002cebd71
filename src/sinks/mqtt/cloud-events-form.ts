import type { GatewayMessage } from "../../core/gateway-message.ts";
import { CLOUD_EVENT_TYPE, cloudEvent } from "../cloud-event.ts";
import type { Delivery } from "../sink.ts";
import type { MessageForm } from "./message-form.ts";
import { refusedPublication } from "./mqtt-errors.ts";
import { type Publication, publishBatch } from "./publish-batch.ts";

/** Where messages and the status of the gateway go. */
export interface CloudEventsTopics {
  readonly topicOf: (message: GatewayMessage) => string;
  readonly status: string;
}

/** Each message as one CloudEvent in JSON (structured mode), and the status of the gateway, retained. */
export function cloudEventsForm(
  { host }: URL,
  { topicOf, status }: CloudEventsTopics,
): MessageForm {
  const taken = new Set<string>();
  return {
    prepare: () => ({ will: { topic: status, payload: OFFLINE, retain: true } }),
    async begin(session) {
      const failure = await session.publish(status, ONLINE, { qos: 1, retain: true });
      if (failure !== undefined) throw refusedPublication(host, failure);
    },
    write: (session, batch, delivery) =>
      publishBatch(
        session,
        host,
        batch.map((message) => publication(topicOf(message), message, delivery)),
        taken,
      ),
    async farewell(session) {
      await session.publish(status, OFFLINE, { qos: 1, retain: true });
    },
  };
}

const ONLINE = Buffer.from("online");
const OFFLINE = Buffer.from("offline");

function publication(
  topic: string,
  message: GatewayMessage,
  delivery: Delivery | undefined,
): Publication {
  const event = cloudEvent(message, delivery);
  const { specversion, id, source, type, subject, time } = event;
  return {
    name: id,
    topic,
    payload: Buffer.from(JSON.stringify(event)),
    // Left out by mqtt.js in 3.1.1. The content type says all that a receiver needs; the attributes are for the rules of a broker.
    properties: {
      payloadFormatIndicator: true,
      contentType: CLOUD_EVENT_TYPE,
      userProperties: { specversion, id, source, type, subject, time },
    },
  };
}
