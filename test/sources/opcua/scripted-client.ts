import type {
  MonitoredNode,
  OpcuaClient,
  OpcuaListener,
  OpcuaNode,
  OpcuaValue,
} from "../../../src/sources/opcua/index.ts";

/** A server as the source sees it, played by the test. */
export interface ScriptedServer {
  /** To be given to the source. */
  readonly client: () => OpcuaClient;
  /** The newest connection; undefined until there is one. */
  readonly listener: () => OpcuaListener | undefined;
  /** Node ids that the newest connection monitors. */
  monitored(): readonly string[];
  connections(): number;
  /** Sends values of one node, as one notification. */
  send(nodeId: string, ...values: readonly OpcuaValue[]): void;
}

/** Answers of the server; whatever is left out is answered by an empty server. */
export interface ScriptedAnswers {
  namespaces?(): readonly string[];
  read?(nodeIds: readonly string[]): Promise<readonly OpcuaValue[]>;
  monitor?(nodes: readonly OpcuaNode[]): readonly MonitoredNode[];
  history?: OpcuaClient["history"];
  /** What it makes of the publishing interval. */
  readonly publishingMs?: number;
  readonly keepAliveMs?: number;
}

export function scriptedServer(answers: ScriptedAnswers = {}): ScriptedServer {
  const { read = async (nodeIds) => nodeIds.map(() => ({ statusCode: 0, value: 0 })) } = answers;
  const { monitor = (nodes) => nodes.map(() => ({ statusCode: 0 })) } = answers;
  const { history = async () => undefined, publishingMs = 1000, keepAliveMs = 1000 } = answers;
  let senders = new Map<string, (values: readonly OpcuaValue[]) => void>();
  let listener: OpcuaListener | undefined;
  let connections = 0;
  return {
    client: () => ({
      async connect(newest) {
        connections += 1;
        listener = newest;
        senders = new Map();
        return { keepAliveMs, publishingMs };
      },
      namespaces: async () => answers.namespaces?.() ?? [],
      async monitor(nodes, values) {
        for (const [index, { nodeId }] of nodes.entries()) {
          senders.set(nodeId, (sent) => {
            for (const value of sent) values.add(index, value);
            values.flush();
          });
        }
        return monitor(nodes);
      },
      read,
      history,
      close: async () => {},
    }),
    listener: () => listener,
    monitored: () => [...senders.keys()],
    connections: () => connections,
    send(nodeId, ...values) {
      listener?.heard();
      senders.get(nodeId)?.(values);
    },
  };
}
