import type { ClientSession, ClientSubscription, OPCUAClient } from "node-opcua-client";
import type { OpcuaClient, OpcuaListener, OpcuaTarget } from "../opcua-client.ts";
import { openCertificateStore } from "../security/certificate-store.ts";
import { sessionDoor } from "../security/open-session.ts";
import { loadNodeOpcua, type NodeOpcua } from "./load-node-opcua.ts";
import { readHistory } from "./node-opcua-history.ts";
import { type OperationLimits, readOperationLimits } from "./node-opcua-limits.ts";
import { monitorNodes, readNodes } from "./node-opcua-nodes.ts";
import { type ResentValues, resentValues } from "./resent-values.ts";

/** Speaks OPC UA through node-opcua. */
export async function nodeOpcuaClient(target: OpcuaTarget): Promise<OpcuaClient> {
  const library = await loadNodeOpcua();
  const store = await openCertificateStore(target.security.pkiFolder);
  const door = sessionDoor(library, target, store);
  let connected: Connected | undefined;

  const inUse = (): Connected => {
    if (!connected) throw new Error("used before connect");
    return connected;
  };
  const session = (): ClientSession => inUse().subscription?.session ?? inUse().session;

  return {
    async connect(listener) {
      const opened = await door.open();
      tellOfLink(door.client, listener);
      door.onUserRefused((cause) => listener.broken(cause));
      const limits = await readOperationLimits(library, opened);
      connected = { session: opened, limits };
      const { publishingMs } = target;
      if (target.mode === "poll") return { keepAliveMs: Number.POSITIVE_INFINITY, publishingMs };
      const subscription = await subscribe(library, opened, target);
      connected = { session: opened, limits, subscription, resent: resentValues(subscription) };
      tellOfSubscription(subscription, listener);
      const { publishingInterval, maxKeepAliveCount } = subscription;
      return {
        keepAliveMs: maxKeepAliveCount * publishingInterval,
        publishingMs: publishingInterval,
      };
    },
    namespaces: () => session().readNamespaceArray(),
    async monitor(nodes, onValues) {
      const { subscription, resent, limits } = inUse();
      if (!subscription || !resent) throw new Error("there is no subscription while polling");
      const monitoring = { library, subscription, target, resent, perCall: limits.monitor };
      return monitorNodes(monitoring, nodes, onValues);
    },
    read: (nodeIds) => readNodes(library, session(), nodeIds, inUse().limits.read),
    history: (nodeId, fromMs, toMs, cursor) =>
      readHistory(library, session(), nodeId, fromMs, toMs, cursor),
    async close() {
      await door.close();
      await store.dispose();
    },
  };
}

interface Connected {
  /** Before the library has made another one. */
  readonly session: ClientSession;
  readonly limits: OperationLimits;
  readonly subscription?: ClientSubscription;
  readonly resent?: ResentValues;
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
