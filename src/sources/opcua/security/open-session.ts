import { setTimeout as wait } from "node:timers/promises";
import type {
  ClientSession,
  EndpointDescription,
  OPCUAClient,
  OPCUAClientOptions,
} from "node-opcua-client";
import { GatewayError } from "../../../errors.ts";
import type { NodeOpcua } from "../client/load-node-opcua.ts";
import type { OpcuaTarget } from "../opcua-client.ts";
import type { CertificateStore } from "./certificate-store.ts";
import { securityName } from "./opcua-security.ts";
import { requireTrusted, timeTrouble } from "./server-trust.ts";
import { sessionFailure, userRefusal } from "./session-failure.ts";
import { identityOf, nameOf, needsServerKey, settleUserToken } from "./user-token.ts";

/** Longest time for saying goodbye to a server before its socket is closed. */
const GOODBYE_MS = 400;
/** Some servers end the sessions of clients that ask for less. */
const SESSION_TIMEOUT_MS = 60_000;

/** The way to one session. */
export interface SessionDoor {
  /** The library's client; it mends breaks by itself once the session is open. */
  readonly client: OPCUAClient;
  /** @throws {@link GatewayError} `SOURCE_REJECTED` when the server refuses us or we do not trust it, `SOURCE_UNREACHABLE` otherwise. */
  open(): Promise<ClientSession>;
  /** Called when the server refuses the user while the client mends a break: one more attempt may lock the account. */
  onUserRefused(tell: (cause: Error) => void): void;
  /** Closes the session if the server still listens; one that does not would hold us up for many seconds. */
  close(): Promise<void>;
}

export function sessionDoor(
  library: NodeOpcua,
  target: OpcuaTarget,
  store: CertificateStore,
): SessionDoor {
  const { endpointUrl, security } = target;
  const { policy, mode } = security;
  const client = library.OPCUAClient.create({
    ...clientOptions(target, store),
    securityMode: library.MessageSecurityMode[mode],
    securityPolicy: library.SecurityPolicy[policy],
    keepSessionAlive: true,
    keepAliveInterval: Math.ceil(target.silenceMs / 3),
    requestedSessionTimeout: Math.max(SESSION_TIMEOUT_MS, 10 * target.publishingMs),
  });
  const clients = [client];
  let isClosed = false;

  /** Asks, without security, what the server offers: there is no other way to get its certificate. */
  const askForEndpoints = async (): Promise<EndpointDescription[]> => {
    const scout = library.OPCUAClient.create(clientOptions(target, store));
    clients.push(scout);
    try {
      await scout.connect(endpointUrl);
      return await scout.getEndpoints({ endpointUrl });
    } finally {
      await leave(scout);
    }
  };

  const openChannel = async (): Promise<void> => {
    if (mode !== "None") {
      requireOwnValidNow(target, store);
      const offered = await askForEndpoints().catch((cause: unknown) => {
        throw sessionFailure(target, store.own, cause, "offer");
      });
      const [endpoint] = fittingEndpoints(library, target, offered);
      await requireTrusted(target, store, endpoint.serverCertificate);
      Object.assign(client, { serverCertificate: endpoint.serverCertificate });
    }
    if (isClosed) throw new Error("closed while opening");
    await client.connect(endpointUrl);
  };

  const openSession = async (): Promise<ClientSession> => {
    // Once more: nobody in between can change the answer of a signed channel.
    const endpoints = fittingEndpoints(library, target, await client.getEndpoints({ endpointUrl }));
    for (const endpoint of endpoints) settleUserToken(target, endpoint);
    if (needsServerKey(target)) {
      const { serverCertificate } = endpoints[0];
      await requireTrusted(target, store, serverCertificate);
      insistOn(client, serverCertificate);
    }
    const identity = await identityOf(library, security.user);
    if (isClosed) throw new Error("closed while opening");
    return client.createSession(identity);
  };

  return {
    client,
    async open() {
      await openChannel().catch((cause: unknown) => {
        throw sessionFailure(target, store.own, cause, "channel");
      });
      return openSession().catch((cause: unknown) => {
        throw sessionFailure(target, store.own, cause, "session");
      });
    },
    onUserRefused(tell) {
      const sent = new Set<number>();
      client.on("send_request", (request) => {
        if ("userIdentityToken" in request) sent.add(request.requestHeader.requestHandle);
      });
      client.on("receive_response", ({ responseHeader: { requestHandle, serviceResult } }) => {
        const refusal = sent.delete(requestHandle) && userRefusal(target, serviceResult.name);
        if (refusal) tell(refusal);
      });
    },
    async close() {
      isClosed = true;
      await Promise.all(clients.map((each) => leave(each)));
    },
  };
}

/** Every setting of the connection strategy is given: the library has other defaults for a partial one. */
function clientOptions(target: OpcuaTarget, store: CertificateStore): OPCUAClientOptions {
  // When the server shows another certificate after a break, the library asks here.
  const checkCertificate = async (chain: Uint8Array) => {
    await requireTrusted(target, store, chain);
    return { isGood: () => true };
  };
  return {
    applicationName: "wheeltapper",
    applicationUri: store.own.applicationUri,
    clientName: "wheeltapper",
    clientCertificateManager: Object.assign(store.manager, { checkCertificate }),
    certificateFile: store.own.certificateFile,
    privateKeyFile: store.own.privateKeyFile,
    endpointMustExist: false, // servers name themselves as only they can be reached
    // The first connection fails at once and the source backs off; after that the client mends breaks by itself.
    connectionStrategy: {
      initialDelay: 500,
      maxDelay: 5000,
      maxRetry: 0,
      randomisationFactor: 0.5,
    },
  };
}

type OneOrMore<T> = [T, ...T[]];

/** @throws {@link GatewayError} `SOURCE_REJECTED` listing what the server offers instead. */
function fittingEndpoints(
  library: NodeOpcua,
  target: OpcuaTarget,
  offered: readonly EndpointDescription[],
): OneOrMore<EndpointDescription> {
  const wanted = securityName(target.security);
  const nameOfEndpoint = ({ securityPolicyUri, securityMode }: EndpointDescription): string =>
    securityName({
      policy: nameOf(securityPolicyUri),
      mode: library.MessageSecurityMode[securityMode],
    });
  const [first, ...others] = offered.filter((each) => nameOfEndpoint(each) === wanted);
  if (first) return [first, ...others];
  const choice = [...new Set(offered.map(nameOfEndpoint))].join(", ") || "nothing";
  throw new GatewayError(
    "SOURCE_REJECTED",
    `opcua ${target.endpointUrl}: the server does not offer ${wanted}, only ${choice}`,
    { hint: "Set securityPolicy and securityMode to what the server offers." },
  );
}

function requireOwnValidNow(target: OpcuaTarget, { own }: CertificateStore): void {
  const wrong = timeTrouble(own.certificate);
  if (wrong === undefined) return;
  throw new GatewayError(
    "SOURCE_REJECTED",
    `opcua ${target.endpointUrl}: this client's own certificate ${own.certificateFile} ${wrong}`,
    {
      retryable: true,
      hint: "Check the clock of this machine; if it is right, delete the file, so that a new one is made, and have the server trust that.",
    },
  );
}

/**
 * Without security, the certificate that a session names is not checked by anybody, and a server that names none gets the password
 * in the open. So what was checked takes its place.
 */
function insistOn(client: OPCUAClient, serverCertificate: Buffer): void {
  client.on("receive_response", (response) => {
    if ("serverCertificate" in response) Object.assign(response, { serverCertificate });
  });
}

async function leave(client: OPCUAClient): Promise<void> {
  const left = client.disconnect().catch(() => {});
  await Promise.race([left, wait(GOODBYE_MS)]);
  Object.assign(client, { keepPendingSessionsOnDisconnect: true });
  await client.disconnect().catch(() => {});
}
