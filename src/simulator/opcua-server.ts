import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPeer } from "../load-peer.ts";
import type { Skid } from "./create-skid.ts";
import { listenError } from "./listen-error.ts";
import { SKID_TAGS, type SkidUnit } from "./skid-tags.ts";

type NodeOpcua = typeof import("node-opcua");
type OpcuaLibraryServer = InstanceType<NodeOpcua["OPCUAServer"]>;

/** Where a value of the skid lies in the OPC UA server; an option of an OPC UA source as it stands. */
export interface OpcuaMapEntry {
  readonly name: string;
  readonly unit?: string;
  readonly range?: readonly [low: number, high: number];
  readonly nodeId: string;
}

/** What a running server shares with the simulator. */
export interface OpcuaServer {
  readonly port: number;
  /** Gives the skid's newest readings to everyone who reads or has subscribed. */
  publish(timeMs: number): void;
  close(): Promise<void>;
}

const OBJECT = "PumpSkid";
const APPLICATION_URI = "urn:wheeltapper:simulator";

/** Every tag as an `AnalogItem` in the server's own namespace. */
export const OPCUA_TAGS: readonly OpcuaMapEntry[] = SKID_TAGS.map((tag) => ({
  ...tag,
  nodeId: `ns=1;s=${OBJECT}.${tag.name}`,
}));

/** Common codes of UN/CEFACT recommendation 20, as OPC UA Part 8 wants them. */
const UNITS: Readonly<Record<SkidUnit, readonly [code: string, name: string]>> = {
  rpm: ["RPM", "revolutions per minute"],
  A: ["AMP", "ampere"],
  "°C": ["CEL", "degree Celsius"],
  bar: ["BAR", "bar"],
  "m³/h": ["MQH", "cubic metre per hour"],
  "mm/s": ["C16", "millimetre per second"],
  "%": ["P1", "percent"],
};

/** Creates the variables, and gives the function that fills them. */
function addPumpSkid(opcua: NodeOpcua, server: OpcuaLibraryServer, skid: Skid) {
  const addressSpace = server.engine.addressSpace;
  if (addressSpace === null) throw new TypeError("the OPC UA server has no address space");
  const namespace = addressSpace.getOwnNamespace();
  const object = namespace.addObject({
    organizedBy: addressSpace.rootFolder.objects,
    browseName: OBJECT,
    nodeId: `s=${OBJECT}`,
  });
  const access = { accessLevel: "CurrentRead", userAccessLevel: "CurrentRead" };
  const variables = SKID_TAGS.map(({ name, unit, range: [low, high] }) =>
    namespace.addAnalogDataItem({
      ...access,
      componentOf: object,
      browseName: name,
      nodeId: `s=${OBJECT}.${name}`,
      dataType: "Double",
      engineeringUnits: opcua.makeEUInformation(UNITS[unit][0], unit, UNITS[unit][1]),
      engineeringUnitsRange: { low, high },
    }),
  );
  const faults = namespace.addVariable({
    ...access,
    componentOf: object,
    browseName: "activeFaults",
    nodeId: `s=${OBJECT}.activeFaults`,
    dataType: "String",
    valueRank: 1,
  });

  const { DataType, StatusCodes, VariantArrayType } = opcua;
  const lastValues = new Float64Array(variables.length);
  let shownFaults: string | undefined;

  return (timeMs: number): void => {
    const time = new Date(timeMs);
    for (const [index, { value, quality }] of skid.readings.entries()) {
      if (quality === "good") lastValues[index] = value;
      variables[index]?.setValueFromSource(
        { dataType: DataType.Double, value: lastValues[index] },
        quality === "good" ? StatusCodes.Good : StatusCodes.BadSensorFailure,
        time,
      );
    }
    const value = skid.activeFaults.map(({ kind, tag }) => (tag ? `${kind} ${tag}` : kind));
    if (value.join() === shownFaults) return;
    shownFaults = value.join();
    faults.setValueFromSource(
      { dataType: DataType.String, arrayType: VariantArrayType.Array, value },
      StatusCodes.Good,
      time,
    );
  };
}

/** Keys and certificates in `folder` alone: by default the library writes into the home directory. */
function createServer(opcua: NodeOpcua, folder: string, host: string, port: number) {
  const store = (name: string) =>
    new opcua.OPCUACertificateManager({
      rootFolder: join(folder, name),
      disableFileWatchers: true,
    });
  return new opcua.OPCUAServer({
    host,
    hostname: host,
    port,
    securityModes: [opcua.MessageSecurityMode.None],
    securityPolicies: [opcua.SecurityPolicy.None],
    allowAnonymous: true,
    registerServerMethod: opcua.RegisterServerMethod.HIDDEN,
    serverCertificateManager: store("server"),
    userCertificateManager: store("user"),
    serverInfo: {
      applicationUri: APPLICATION_URI,
      productUri: "wheeltapper",
      applicationName: { text: "wheeltapper simulator", locale: "en" },
    },
  });
}

/**
 * Serves the skid over OPC UA: security mode None, anonymous. A sensor that has dropped out has
 * status `BadSensorFailure` and keeps its last value. `ns=1;s=PumpSkid.activeFaults` lists the faults.
 *
 * Silences the log of node-opcua in the whole process: it goes to the standard output.
 *
 * @throws GatewayError `DEPENDENCY_MISSING` without node-opcua, `CONFIG_INVALID` when the port is taken.
 */
export async function serveOpcua(host: string, port: number, skid: Skid): Promise<OpcuaServer> {
  const opcua = await loadPeer("node-opcua", () => import("node-opcua"));
  opcua.setLogLevel(opcua.LogLevel.Emergency);
  const folder = await mkdtemp(join(tmpdir(), "wheeltapper-simulator-"));
  const server = createServer(opcua, folder, host, port);
  const close = async (): Promise<void> => {
    await server.shutdown(0);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.initialize();
    const publish = addPumpSkid(opcua, server, skid);
    publish(Date.now());
    await server.start();
    return { port: server.endpoints[0]?.port ?? port, publish, close };
  } catch (cause) {
    await close();
    if ((cause as NodeJS.ErrnoException).syscall !== "listen") throw cause;
    throw listenError("OPC UA", host, port, cause);
  }
}
