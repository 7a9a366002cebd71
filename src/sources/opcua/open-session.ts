import { setTimeout as wait } from "node:timers/promises";
import type { ClientSession, OPCUAClient } from "node-opcua-client";
import type { CertificateStore, NodeOpcua } from "./load-node-opcua.ts";
import type { OpcuaTarget } from "./opcua-client.ts";
import { linkFailure, refusal } from "./opcua-failure.ts";

/** Longest time for saying goodbye to a server before its socket is closed. */
const GOODBYE_MS = 400;
/** Some servers end the sessions of clients that ask for less. */
const SESSION_TIMEOUT_MS = 60_000;

/** Every setting of the connection strategy is given: the library has other defaults for a partial one. */
export function createClient(
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

export async function openSession(
  client: OPCUAClient,
  target: OpcuaTarget,
): Promise<ClientSession> {
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

/** Closes the session if the server still listens; one that does not would hold us up for many seconds. */
export async function leave(client: OPCUAClient): Promise<void> {
  const left = client.disconnect().catch(() => {});
  await Promise.race([left, wait(GOODBYE_MS)]);
  Object.assign(client, { keepPendingSessionsOnDisconnect: true });
  await client.disconnect().catch(() => {});
}
