import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DataType,
  DataValue,
  get_mini_nodeset_filename,
  type Namespace,
  OPCUACertificateManager,
  OPCUAServer,
  Range,
  type ServerSession,
  type StatusCode,
  StatusCodes,
  type UAVariable,
  Variant,
  VariantArrayType,
} from "node-opcua";

/** A real OPC UA server on loopback; nodes are `ns=1;s=<name>`. */
export interface OpcuaTestServer {
  readonly port: number;
  readonly endpointUrl: string;
  /** For the certificates of clients; removed with the server. */
  readonly pkiFolder: string;
  set(name: string, dataType: DataType, value: unknown, options?: SetOptions): void;
  /** A node with an engineering range, at the middle of it. */
  addRanged(name: string, low: number, high: number): void;
  /** A node that counts how often the server has sampled it. */
  count(name: string): void;
  remove(name: string): void;
  sessions(): number;
  /** Subscriptions stay alive, but tell nothing any more. */
  mute(): void;
  /** Subscriptions are gone, without a word. */
  dropSubscriptions(): void;
  stop(): Promise<void>;
  /** On the same port, with no memory of sessions, and with the nodes as they were set last. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface SetOptions {
  readonly status?: StatusCode;
  readonly time?: Date;
  readonly array?: boolean;
}

export async function opcuaServer(): Promise<OpcuaTestServer> {
  const folder = await mkdtemp(join(tmpdir(), "opcua-server-"));
  const port = await freePort();
  const set = new Map<string, Parameters<OpcuaTestServer["set"]>>();
  const counters = new Set<string>();
  const nodes = new Map<string, UAVariable>();
  const open = new Set<ServerSession>();
  let server: OPCUAServer | undefined;
  let namespace: Namespace;

  const apply = (
    ...[name, dataType, value, options = {}]: Parameters<OpcuaTestServer["set"]>
  ): void => {
    const { status = StatusCodes.Good, time = new Date(), array = false } = options;
    const node =
      nodes.get(name) ??
      namespace.addVariable({
        nodeId: `s=${name}`,
        browseName: name,
        dataType,
        ...(array && { valueRank: 1 }),
        minimumSamplingInterval: 10,
        organizedBy: namespace.addressSpace.rootFolder.objects,
      });
    nodes.set(name, node);
    const arrayType = array ? VariantArrayType.Array : VariantArrayType.Scalar;
    node.setValueFromSource(new Variant({ dataType, value, arrayType }), status, time);
  };

  const addCounter = (name: string): void => {
    let samples = 0;
    const sample = (): DataValue => {
      samples += 1;
      const value = new Variant({ dataType: DataType.Int32, value: samples });
      const now = new Date();
      return new DataValue({ value, sourceTimestamp: now, serverTimestamp: now });
    };
    namespace.addVariable({
      nodeId: `s=${name}`,
      browseName: name,
      dataType: DataType.Int32,
      minimumSamplingInterval: 10,
      organizedBy: namespace.addressSpace.rootFolder.objects,
      value: { timestamped_get: sample },
    });
  };

  const started: OpcuaTestServer = {
    port,
    pkiFolder: join(folder, "client"),
    endpointUrl: `opc.tcp://127.0.0.1:${port}`,
    set(...values) {
      set.set(values[0], values);
      apply(...values);
    },
    remove(name) {
      set.delete(name);
      const node = nodes.get(name);
      nodes.delete(name);
      if (node) namespace.deleteNode(node);
    },
    addRanged(name, low, high) {
      started.set(name, DataType.Double, (low + high) / 2);
      const node = nodes.get(name) as UAVariable;
      const value = new Variant({
        dataType: DataType.ExtensionObject,
        value: new Range({ low, high }),
      });
      namespace.addVariable({
        browseName: { name: "EURange", namespaceIndex: 0 },
        dataType: DataType.ExtensionObject,
        propertyOf: node,
        value,
      });
    },
    count(name) {
      counters.add(name);
      addCounter(name);
    },
    sessions: () => server?.currentSessionCount ?? 0,
    mute() {
      for (const session of open) {
        for (const { id } of session.publishEngine.subscriptions) {
          session.getSubscription(id)?.setPublishingMode(false);
        }
      }
    },
    dropSubscriptions() {
      for (const session of open) {
        for (const { id } of session.publishEngine.subscriptions) session.deleteSubscription(id);
      }
    },
    async start() {
      const store = new OPCUACertificateManager({
        rootFolder: join(folder, "server"),
        automaticallyAcceptUnknownCertificate: false,
        disableFileWatchers: true,
      });
      server = new OPCUAServer({
        port,
        hostname: "127.0.0.1",
        serverCapabilities: { maxSessions: 1000 }, // a cut line leaves its session behind
        nodeset_filename: [get_mini_nodeset_filename()],
        serverCertificateManager: store,
        userCertificateManager: store,
      });
      await server.initialize();
      server.on("session_activated", (session) => open.add(session));
      server.on("session_closed", (session) => open.delete(session));
      namespace = server.engine.addressSpace?.getOwnNamespace() as Namespace;
      nodes.clear();
      for (const name of counters) addCounter(name);
      for (const values of set.values()) apply(...values);
      await server.start();
    },
    async stop() {
      await server?.shutdown(0);
      server = undefined;
    },
    async close() {
      await this.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await started.start();
  return started;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export { DataType, StatusCodes };
