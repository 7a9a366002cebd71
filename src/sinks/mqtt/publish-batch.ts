import type { IClientPublishOptions } from "mqtt";
import { GatewayError } from "../../errors.ts";
import type { WriteResult } from "../sink.ts";
import { refusedPublication } from "./mqtt-errors.ts";
import type { PublishFailure, Session } from "./session.ts";

/** A message as it goes to the broker. */
export interface Publication {
  /** Names the message for ever. */
  readonly name: string;
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
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [0x90, "topic name invalid"],
  [PACKET_TOO_LARGE, "packet too large"],
  [0x99, "payload format invalid"],
]);

/**
 * Publishes with QoS 1, in order, and waits for every acknowledgement.
 *
 * @param taken names of messages that the broker had acknowledged before a connection was lost: they are not sent again. Kept up to date
 * @throws GatewayError, retryable, when the connection is lost or every message is put off.
 */
export async function publishBatch(
  session: Session,
  host: string,
  publications: readonly Publication[],
  taken: Set<string>,
): Promise<WriteResult> {
  const failures = new Map<number, number>();
  const unsent = [...publications.entries()].filter(([, { name }]) => !taken.has(name));
  const inFlight = Math.min(session.receiveMaximum, MOST_IN_FLIGHT);
  for (let start = 0; start < unsent.length; start += inFlight) {
    const flight = unsent.slice(start, start + inFlight);
    const answers = await Promise.all(flight.map(([, one]) => publish(session, one)));
    for (const [place, [index, { name }]] of flight.entries()) {
      const answer = answers[place];
      if (answer === undefined) taken.add(name);
      else if (typeof answer === "number") failures.set(index, answer);
    }
    const loss = answers.find((answer) => answer instanceof GatewayError);
    if (loss) throw loss;
  }
  for (const { name } of publications) taken.delete(name);
  return resultOf(host, publications.length, failures);
}

function resultOf(
  host: string,
  length: number,
  failures: ReadonlyMap<number, number>,
): WriteResult {
  const rejected = [...failures].flatMap(([index, code]) => {
    const reason = REFUSALS.get(code);
    return reason === undefined ? [] : [{ index, reason: `${host} refused it: ${reason}` }];
  });
  const putOff = [...failures].filter(([, code]) => !REFUSALS.has(code));
  const [[, code] = []] = putOff;
  if (code !== undefined && putOff.length === length) throw refusedPublication(host, code);
  return { rejected, retry: putOff.map(([index]) => index) };
}

async function publish(session: Session, publication: Publication): Promise<PublishFailure> {
  const { topic, payload, properties } = publication;
  const bytes = payload.length + Buffer.byteLength(topic) + PACKET_EXTRA_BYTES;
  // The broker would end the connection, and with it everything that is in flight.
  if (bytes > session.maximumPacketSize) return PACKET_TOO_LARGE;
  return session.publish(topic, payload, { qos: 1, properties });
}
