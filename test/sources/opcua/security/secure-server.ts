import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ActivateSessionRequest,
  CreateSessionRequest,
  DataType,
  get_mini_nodeset_filename,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  type SecurityPolicy,
  StatusCodes,
  setWarningLogger,
  type UAVariable,
  type UserIdentityToken,
  Variant,
} from "node-opcua";
import { onTestFinished } from "vitest";
import { freePort } from "../opcua-server.ts";

/** A real OPC UA server on loopback that takes the user op / secret; its node `ns=1;s=a` is 1. */
export interface SecureServer {
  readonly endpointUrl: string;
  readonly pki: OPCUACertificateManager;
  readonly users: OPCUACertificateManager;
  readonly certificateFile: string;
  /** Requests by name, as often as they came, those of discovery as well. */
  readonly requests: ReadonlyMap<string, number>;
  /** What the newest session told of the client. */
  readonly client: ClientAsSeen;
  sessions(): number;
  readonly node: OPCUAServer;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Gives it another certificate, for the next start. */
  renew(): Promise<void>;
}

export interface ClientAsSeen {
  applicationUri?: string | null;
  certificate?: Buffer;
  policy?: string;
  mode?: string;
  user?: UserIdentityToken;
}

export interface SecureServerOptions {
  readonly policies?: readonly SecurityPolicy[];
  readonly modes?: readonly MessageSecurityMode[];
  readonly allowAnonymous?: boolean;
  readonly maxSessions?: number;
  /** Whether it takes clients that it does not know. */
  readonly trustsClients?: boolean;
  readonly validFrom?: Date;
  readonly validDays?: number;
  readonly password?: () => string;
  /** Makes the server's certificate for its key, instead of a self-signed one. */
  readonly certify?: (privateKeyFile: string, certificateFile: string) => void;
  /** Changes what the server is about to say. */
  readonly tamper?: (response: object) => void;
}

export async function readCertificate(file: string): Promise<X509Certificate> {
  return new X509Certificate(await readFile(file));
}

/** Makes a store with a key; keys take a while, so share what can be shared. */
export async function certificateManager(
  rootFolder: string,
  acceptsUnknown = false,
): Promise<OPCUACertificateManager> {
  const manager = new OPCUACertificateManager({
    rootFolder,
    automaticallyAcceptUnknownCertificate: acceptsUnknown,
    disableFileWatchers: true,
  });
  await manager.initialize();
  return manager;
}

/** Starts it until the test, or whatever `folder` is for, is over. */
export async function secureServer(
  folder: string,
  options: SecureServerOptions = {},
): Promise<SecureServer> {
  const { trustsClients = true, allowAnonymous = true, maxSessions = 100 } = options;
  const { validFrom = new Date(Date.now() - 60_000), validDays = 365 } = options;
  const { password = () => "secret" } = options;
  setWarningLogger(() => {}); // it goes to standard output
  const port = await freePort();
  const pki = await certificateManager(join(folder, "server"), trustsClients);
  const users = await certificateManager(join(folder, "users"));
  const certificateFile = join(pki.ownCertFolder, "server.pem");
  const certify = async (): Promise<void> => {
    if (options.certify) return options.certify(pki.privateKey, certificateFile);
    await pki.createSelfSignedCertificate({
      applicationUri: "urn:plc-1",
      dns: ["plc-1.works.example"], // a name that only the server knows
      subject: "/CN=plc-1",
      startDate: validFrom,
      validity: validDays,
      outputFile: certificateFile,
    });
  };
  await certify();
  const requests = new Map<string, number>();
  const client: ClientAsSeen = {};

  const build = (): OPCUAServer => {
    const node = new OPCUAServer({
      port,
      hostname: "plc-1.works.example",
      serverInfo: { applicationUri: "urn:plc-1" },
      nodeset_filename: [get_mini_nodeset_filename()],
      serverCertificateManager: pki,
      userCertificateManager: users,
      certificateFile,
      privateKeyFile: pki.privateKey,
      allowAnonymous,
      serverCapabilities: { maxSessions },
      userManager: {
        isValidUser: (name: string, given: string) => name === "op" && given === password(),
      },
      ...(options.policies && { securityPolicies: [...options.policies] }),
      ...(options.modes && { securityModes: [...options.modes] }),
    });
    node.on("response", (response) => options.tamper?.(response));
    node.on("request", (request, channel) => {
      const name = request.constructor.name;
      requests.set(name, (requests.get(name) ?? 0) + 1);
      if (request instanceof CreateSessionRequest) {
        client.applicationUri = request.clientDescription.applicationUri;
        client.certificate = request.clientCertificate;
      }
      if (request instanceof ActivateSessionRequest) {
        client.policy = channel.securityPolicy;
        client.mode = MessageSecurityMode[channel.securityMode];
        client.user = request.userIdentityToken as UserIdentityToken;
      }
    });
    return node;
  };

  let node = build();
  const start = async (): Promise<void> => {
    await node.initialize();
    const space = node.engine.addressSpace;
    const variable = space?.getOwnNamespace().addVariable({
      nodeId: "s=a",
      browseName: "a",
      dataType: DataType.Double,
      minimumSamplingInterval: 10,
      organizedBy: space.rootFolder.objects,
    }) as UAVariable;
    variable.setValueFromSource(
      new Variant({ dataType: DataType.Double, value: 1 }),
      StatusCodes.Good,
    );
    await node.start();
  };
  await start();
  return {
    endpointUrl: `opc.tcp://127.0.0.1:${port}`,
    pki,
    users,
    certificateFile,
    requests,
    client,
    sessions: () => node.currentSessionCount,
    get node() {
      return node;
    },
    async stop() {
      await node.shutdown(0);
      node = build();
    },
    start,
    renew: certify,
  };
}

/** The same, stopped after the test. */
export async function secureServerOfTest(
  folder: string,
  options: SecureServerOptions = {},
): Promise<SecureServer> {
  const server = await secureServer(folder, options);
  onTestFinished(() => server.node.shutdown(0));
  return server;
}
