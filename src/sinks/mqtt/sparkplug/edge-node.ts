import type { PublishFailure, Session } from "../session.ts";
import { topicLevel } from "../topic-template.ts";
import { encodePayload, type Metric } from "./payload.ts";

/** Who the gateway is in the name space of Sparkplug. */
export interface EdgeNodeName {
  readonly group: string;
  readonly edgeNode: string;
}

/** One message: of the node itself, or of one of its devices. */
export interface Utterance {
  readonly type: "NBIRTH" | "DBIRTH" | "DDATA" | "DDEATH";
  readonly device?: string;
  readonly metrics: readonly Metric[];
  readonly isHistorical?: boolean;
}

/** Counts births and messages of an edge node. */
export interface EdgeNode {
  /** The topic of a message of the node, or of a device. */
  topic(type: string, device?: string): string;
  /** Goes on to the number of the next connection. */
  connectAgain(): void;
  /** The death certificate of this connection. */
  death(): Buffer;
  /** The metric by which a death is known to belong to a birth. */
  birthNumber(): Metric;
  /** Publishes with the next sequence number; a birth of the node begins at 0. QoS 0, as the specification demands. */
  say(session: Session, utterance: Utterance): Promise<PublishFailure>;
}

/** Both counters go from 0 to 255. */
const ROUND = 256;

export function createEdgeNode({ group, edgeNode }: EdgeNodeName): EdgeNode {
  let connection = -1;
  let sequence = 0;

  const topic = (type: string, ...device: string[]): string =>
    ["spBv1.0", ...[group, type, edgeNode, ...device].map((level) => topicLevel(level))].join("/");

  const birthNumber = (): Metric => ({
    name: "bdSeq",
    type: "Int64",
    value: connection,
    timeMs: Date.now(),
  });

  return {
    topic: (type, device) => (device === undefined ? topic(type) : topic(type, device)),
    connectAgain() {
      connection = (connection + 1) % ROUND;
    },
    birthNumber,
    death: () => encodePayload([birthNumber()], { timeMs: Date.now() }),
    say(session, { type, device, metrics, isHistorical = false }) {
      const seq = type === "NBIRTH" ? 0 : sequence;
      sequence = (seq + 1) % ROUND;
      const payload = encodePayload(metrics, { timeMs: Date.now(), seq, isHistorical });
      const devices = device === undefined ? [] : [device];
      return session.publish(topic(type, ...devices), payload, { qos: 0 });
    },
  };
}
