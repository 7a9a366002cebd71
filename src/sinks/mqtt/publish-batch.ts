import type { IClientPublishOptions } from "mqtt";
import type { WriteResult } from "../sink.ts";
import { refusedPublication } from "./mqtt-errors.ts";
import type { PublishFailure, Session } from "./session.ts";

/** A message as it goes to the broker. */
export interface Publication {
  readonly topic: string;
  readonly payload: Buffer;
  readonly properties: NonNullable<IClientPublishOptions["properties"]>;
}

/** In flight at once at most, if the broker takes that many: enough for a line with long delays, little to send again when it breaks. */
const MOST_IN_FLIGHT = 20;
/** Header and properties of a packet, beside topic and payload: more than they need. */
const PACKET_EXTRA_BYTES = 1024;

const PACKET_TOO_LARGE = 0x95;
/** Codes of MQTT 5 that say something about the message itself. Any other one may be gone with a new right, more room, or time. */
const REFUSALS: ReadonlyMap<PublishFailure, string> = new Map([
  [0x90, "topic name invalid"],
  [PACKET_TOO_LARGE, "packet too large"],
  [0x99, "payload format invalid"],
]);

/**
 * Publishes with QoS 1, in order, and waits for every acknowledgement. After the first message that is put off nothing more is sent, so that
 * only what was in flight can overtake it.
 *
 * @throws GatewayError, retryable, when every message has to be sent again.
 */
export async function publishBatch(
  session: Session,
  host: string,
  publications: readonly Publication[],
): Promise<WriteResult> {
  const inFlight = Math.min(session.receiveMaximum, MOST_IN_FLIGHT);
  const failures: PublishFailure[] = [];
  while (failures.length < publications.length && !failures.some(isPutOff)) {
    const flight = publications.slice(failures.length, failures.length + inFlight);
    failures.push(...(await Promise.all(flight.map((one) => publish(session, one)))));
  }
  const places = [...publications.keys()];
  const retry = places.filter((place) => place >= failures.length || isPutOff(failures[place]));
  const trouble = failures.find(isPutOff);
  if (trouble !== undefined && retry.length === publications.length) {
    throw refusedPublication(host, trouble);
  }
  const rejected = places.flatMap((index) => {
    const reason = REFUSALS.get(failures[index]);
    return reason === undefined ? [] : [{ index, reason: `${host} refused it: ${reason}` }];
  });
  return { rejected, retry };
}

function isPutOff(failure: PublishFailure): boolean {
  return failure !== undefined && !REFUSALS.has(failure);
}

async function publish(session: Session, publication: Publication): Promise<PublishFailure> {
  const { topic, payload, properties } = publication;
  const bytes = payload.length + Buffer.byteLength(topic) + PACKET_EXTRA_BYTES;
  // The broker would end the connection, and with it everything that is in flight.
  if (bytes > session.maximumPacketSize) return PACKET_TOO_LARGE;
  return session.publish(topic, payload, { qos: 1, properties });
}
