import type { GatewayMessage } from "../../../core/gateway-message.ts";
import type { Rejection } from "../../sink.ts";
import type { MessageForm } from "../message-form.ts";
import { refusedPublication } from "../mqtt-errors.ts";
import type { Session } from "../session.ts";
import { createDevices, type Devices } from "./devices.ts";
import { createEdgeNode, type EdgeNode, type EdgeNodeName, type Utterance } from "./edge-node.ts";
import { isMeasurable } from "./message-metrics.ts";
import { setsToTrue } from "./payload.ts";
import { tellLate, tellLive } from "./tell.ts";

const REBIRTH = "Node Control/Rebirth";

/**
 * The gateway as an edge node of Sparkplug B (specification 3.0) and its machines as devices.
 *
 * Everything of one batch is handed to the connection without a pause between, births first: so a rebirth that is asked for at any moment
 * comes before or after the batch and never within, and sequence numbers go out in their order.
 */
export function sparkplugForm(url: URL, name: EdgeNodeName): MessageForm {
  const node = createEdgeNode(name);
  const devices = createDevices();
  let online: Session | undefined;

  /** Waits until the broker has gone through all of it. */
  const say = async (session: Session, utterances: readonly Utterance[]): Promise<void> => {
    const sent = utterances.map((utterance) => node.say(session, utterance));
    const failure = (await Promise.all(sent)).find((one) => one !== undefined);
    if (failure !== undefined) throw refusedPublication(url.host, failure);
    await session.flush();
  };

  return {
    prepare() {
      node.connectAgain();
      return {
        will: { topic: node.topic("NDEATH"), payload: node.death(), retain: false },
        onMessage(from, command) {
          if (from !== node.topic("NCMD") || !online || !setsToTrue(command, REBIRTH)) return;
          // When this fails the connection is lost, and the next one begins with births anyway.
          say(online, births(node, devices)).catch(() => {});
        },
      };
    },
    async begin(session) {
      await session.subscribe(node.topic("NCMD"));
      online = session;
      await say(session, births(node, devices));
    },
    async write(session, batch, delivery) {
      const told = batch.filter((message) => isMeasurable(message));
      await say(session, delivery?.isReplay ? tellLate(devices, told) : tellLive(devices, told));
      return { rejected: unmeasurable(batch), retry: [] };
    },
    async farewell(session) {
      online = undefined;
      await say(
        session,
        devices.names.map((device) => ({ type: "DDEATH", device, metrics: [] })),
      );
      await session.publish(node.topic("NDEATH"), node.death(), { qos: 1 });
    },
  };
}

function births(node: EdgeNode, devices: Devices): readonly Utterance[] {
  const rebirth = { name: REBIRTH, type: "Boolean", value: false, timeMs: Date.now() } as const;
  return [
    { type: "NBIRTH", metrics: [node.birthNumber(), rebirth] },
    ...devices.names.map(
      (device): Utterance => ({ type: "DBIRTH", device, metrics: devices.metrics(device) }),
    ),
  ];
}

function unmeasurable(batch: readonly GatewayMessage[]): readonly Rejection[] {
  return [...batch.entries()]
    .filter(([, message]) => !isMeasurable(message))
    .map(([index, { kind }]) => ({ index, reason: `Sparkplug has no metrics for kind ${kind}` }));
}
