import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { Aedes, type AedesOptions } from "aedes";
import { onTestFinished } from "vitest";
import { webSocketServer } from "./web-sockets.ts";

/** A message that has come to the broker. */
export interface Arrival {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
}

/** A broker in this process that keeps what clients publish. */
export interface Broker {
  readonly url: string;
  readonly port: number;
  /** What clients have published, wills included, in order. */
  readonly arrivals: readonly Arrival[];
  /** The newest retained message of a topic, as text. */
  retained(topic: string): string | undefined;
  /** Connections made so far. */
  readonly connections: number;
  /** Connections there are now. */
  readonly connected: number;
  /** Publishes as the cloud would. */
  publish(topic: string, payload: string | Buffer): Promise<void>;
  /** Breaks every connection, as when the broker is killed; nobody gets in until `start`. */
  kill(): Promise<void>;
  /** Comes back on the same port, with nothing left of the sessions. */
  start(): Promise<void>;
}

export interface BrokerOptions extends AedesOptions {
  readonly tls?: TlsOptions;
  /** With `tls`: in web sockets. */
  readonly inWebSockets?: boolean;
}

/** Starts aedes, which speaks MQTT 3.1.1, on a free port of 127.0.0.1. */
export async function startAedes({
  tls,
  inWebSockets = false,
  ...options
}: BrokerOptions = {}): Promise<Broker> {
  const arrivals: Arrival[] = [];
  const retained = new Map<string, string>();
  const sockets = new Set<Duplex>();
  let connections = 0;
  let port = 0;
  let stop = async (): Promise<void> => {};
  let aedes: Aedes | undefined;

  const start = async (): Promise<void> => {
    const broker = await Aedes.createBroker(options);
    retained.clear();
    aedes = broker;
    broker.on("publish", ({ topic, payload, qos, retain }) => {
      if (topic.startsWith("$SYS/")) return;
      const arrival = { topic, payload: Buffer.from(payload), qos, retain };
      arrivals.push(arrival);
      if (retain) retained.set(topic, arrival.payload.toString());
    });
    const take = (socket: Duplex): void => {
      connections += 1;
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
      broker.handle(socket);
    };
    const server = serverFor(take, tls, inWebSockets);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
    stop = async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    };
  };

  const kill = async (): Promise<void> => {
    const stopping = stop;
    stop = async () => {};
    await stopping();
  };

  await start();
  onTestFinished(kill);
  return {
    url: `${protocolOf(tls, inWebSockets)}://127.0.0.1:${port}`,
    port,
    arrivals,
    retained: (topic) => retained.get(topic),
    get connected() {
      return sockets.size;
    },
    get connections() {
      return connections;
    },
    publish: (topic, payload) =>
      new Promise((resolve, reject) => {
        const packet = {
          cmd: "publish",
          topic,
          payload,
          qos: 1,
          retain: false,
          dup: false,
        } as const;
        aedes?.publish(packet, (error) => (error ? reject(error) : resolve()));
      }),
    kill,
    start,
  };
}

function serverFor(
  take: (socket: Duplex) => void,
  tls: TlsOptions | undefined,
  inWebSockets: boolean,
): Server {
  if (tls === undefined) return createServer(take);
  return inWebSockets ? webSocketServer(tls, take) : createTlsServer(tls, take);
}

function protocolOf(tls: TlsOptions | undefined, inWebSockets: boolean): string {
  if (inWebSockets) return "wss";
  return tls ? "mqtts" : "mqtt";
}
