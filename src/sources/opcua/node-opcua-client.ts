import { setTimeout as wait } from "node:timers/promises";
import type { ClientSession, ClientSubscription, OPCUAClient } from "node-opcua-client";
import {
  type CertificateStore,
  loadNodeOpcua,
  type NodeOpcua,
  openCertificateStore,
} from "./load-node-opcua.ts";
import { monitorNodes, readNodes } from "./node-opcua-nodes.ts";
import type { OpcuaClient, OpcuaListener, OpcuaTarget } from "./opcua-client.ts";
import { linkFailure, refusal } from "./opcua-failure.ts";

/** Longest time for saying goodbye to a server before its socket is closed. */
const GOODBYE_MS = 400;
/** Some servers end the sessions of clients that ask for less. */
const SESSION_TIMEOUT_MS = 60_000;

/** Speaks OPC UA through node-opcua, without security and anonymously. */
export async function nodeOpcuaClient(target: OpcuaTarget): Promise<OpcuaClient> {
  const library = await loadNodeOpcua();
  const store = await openCertificateStore(target.pkiFolder);
  const client = createClient(library, target, store);
  let subscription: ClientSubscription | undefined;

  const subscribed = (): ClientSubscription => {
    if (!subscription) throw new Error("used before connect");
    return subscription;
  };

  return {
    async connect(listener) {
      const session = await openSession(client, target);
      tellOfLink(client, listener);
      subscription = await subscribe(library, session, target);
      tellOfSubscription(subscription, listener);
      return { keepAliveMs: subscription.maxKeepAliveCount * subscription.publishingInterval };
    },
    async monitor(nodeIds, onValue) {
      return monitorNodes(library, subscribed(), target, nodeIds, onValue);
    },
    async read(nodeIds) {
      return readNodes(library, subscribed().session, nodeIds);
    },
    async close() {
      await leave(client);
      await store.dispose();
    },
  };
}

/** Every setting of the connection strategy is given: the library has other defaults for a partial one. */
function createClient(
  library: NodeOpcua,
  target: OpcuaTarget,
  store: CertificateStore,
): OPCUAClient {
  return library.OPCUAClient.create({
    applicationName: "wheeltapper",
    clientName: "wheeltapper",
    securityMode: library.MessageSecurityMode.None,
    securityPolicy: library.SecurityPolicy.None,
    clientCertificateManager: store,
    endpointMustExist: false, // servers name themselves as only they can be reached
    keepSessionAlive: true,
    keepAliveInterval: Math.ceil(target.silenceMs / 3),
    requestedSessionTimeout: Math.max(SESSION_TIMEOUT_MS, 10 * target.publishingMs),
    // The first connection fails at once and the source backs off; see tellOfLink for the later ones.
    connectionStrategy: {
      initialDelay: 500,
      maxDelay: 5000,
      maxRetry: 0,
      randomisationFactor: 0.5,
    },
  });
}

async function openSession(client: OPCUAClient, target: OpcuaTarget): Promise<ClientSession> {
  try {
    await client.connect(target.endpointUrl);
    return await client.createSession();
  } catch (cause) {
    const error = new Error(
      String((cause as Error).message)
        .replaceAll(/\s+/g, " ")
        .trim(),
      { cause },
    );
    // A status code, or the library's own word, after the server has answered.
    if (/\bBad[A-Z]\w+|ANONYMOUS/.test(error.message)) {
      throw refusal(
        target,
        error,
        "Allow anonymous sessions without security for this client in the server.",
      );
    }
    throw linkFailure(target, error);
  }
}

/** From here on the library mends the link itself and keeps session, subscription and what the server has queued. */
function tellOfLink(client: OPCUAClient, listener: OpcuaListener): void {
  client.connectionStrategy.maxRetry = -1;
  client.on("connection_lost", () => listener.lost(new Error("the connection broke")));
  client.on("connection_reestablished", () => listener.mended());
  client.on("close", (cause) => listener.broken(cause ?? new Error("the connection was closed")));
}

async function subscribe(
  library: NodeOpcua,
  session: ClientSession,
  { publishingMs, silenceMs }: OpcuaTarget,
): Promise<ClientSubscription> {
  const keepAlives = Math.max(1, Math.floor(silenceMs / 3 / publishingMs));
  const subscription = library.ClientSubscription.create(session, {
    requestedPublishingInterval: publishingMs,
    requestedMaxKeepAliveCount: keepAlives,
    requestedLifetimeCount: Math.max(60, 10 * keepAlives),
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
  });
  await new Promise<void>((resolve, reject) => {
    subscription.once("started", () => resolve());
    subscription.once("error", reject);
  });
  return subscription;
}

function tellOfSubscription(subscription: ClientSubscription, listener: OpcuaListener): void {
  for (const word of ["keepalive", "received_notifications"]) {
    subscription.on(word, () => listener.heard());
  }
  subscription.on("terminated", () =>
    listener.broken(new Error("the server ended the subscription")),
  );
  subscription.on("error", (cause: Error) => listener.broken(cause));
}

/** Closes the session if the server still listens; one that does not would hold us up for many seconds. */
async function leave(client: OPCUAClient): Promise<void> {
  const left = client.disconnect().catch(() => {});
  await Promise.race([left, wait(GOODBYE_MS)]);
  Object.assign(client, { keepPendingSessionsOnDisconnect: true });
  await client.disconnect().catch(() => {});
}
