import { join } from "node:path";
import {
  DataType,
  makeEUInformation,
  nodesets,
  OPCUAServer,
  setWarningLogger,
  Variant,
  VariantArrayType,
} from "node-opcua";
import { freePort } from "../opcua-server.ts";
import { certificateManager } from "../security/secure-server.ts";

/** A server with something of everything, and narrow limits; in the namespace `urn:acme:line1`. */
export interface BrowsableServer {
  readonly endpointUrl: string;
  /** Nodes of each browse request, and items of each read request. */
  readonly calls: {
    readonly browse: number[];
    readonly browseNext: number[];
    readonly read: number[];
  };
  close(): Promise<void>;
}

export const MANY = 1100;

export async function browsableServer(folder: string): Promise<BrowsableServer> {
  setWarningLogger(() => {}); // it goes to standard output
  const port = await freePort();
  const store = await certificateManager(join(folder, "server"));
  const server = new OPCUAServer({
    port,
    hostname: "127.0.0.1",
    nodeset_filename: [nodesets.standard],
    serverCertificateManager: store,
    userCertificateManager: store,
    serverCapabilities: {
      maxBrowseContinuationPoints: 1,
      operationLimits: { maxNodesPerBrowse: 7, maxNodesPerRead: 30 },
    },
  });
  const calls = { browse: [] as number[], browseNext: [] as number[], read: [] as number[] };
  server.on("request", (request: object) => {
    if ("nodesToBrowse" in request) calls.browse.push((request.nodesToBrowse as unknown[]).length);
    if ("continuationPoints" in request) calls.browseNext.push(1);
    if ("nodesToRead" in request) calls.read.push((request.nodesToRead as unknown[]).length);
  });
  await server.initialize();
  build(server);
  await server.start();
  return { endpointUrl: `opc.tcp://127.0.0.1:${port}`, calls, close: () => server.shutdown(0) };
}

function build(server: OPCUAServer): void {
  const space = server.engine.addressSpace;
  if (!space) throw new Error("no address space");
  const own = space.registerNamespace("urn:acme:line1");
  const line = own.addObject({
    organizedBy: space.rootFolder.objects,
    browseName: "Line",
    nodeId: "s=Line",
  });
  const pump = own.addObject({ componentOf: line, browseName: "Pump", nodeId: "s=Pump" });
  const value = (dataType: DataType, of: unknown, arrayType = VariantArrayType.Scalar) =>
    new Variant({ dataType, value: of, arrayType });
  own.addAnalogDataItem({
    componentOf: pump,
    browseName: "pressure",
    nodeId: "s=Pump.pressure",
    dataType: "Float",
    engineeringUnits: makeEUInformation("BAR", "bar", "bar"),
    engineeringUnitsRange: { low: -1, high: 16 },
    value: value(DataType.Float, 4.5),
  });
  const plain = (browseName: string, dataType: DataType, of: unknown, more: object = {}): void => {
    const variable = { componentOf: pump, browseName, nodeId: `s=Pump.${browseName}`, dataType };
    own.addVariable({ ...variable, value: value(dataType, of), ...more });
  };
  const readOnly = { accessLevel: "CurrentRead", userAccessLevel: "CurrentRead" };
  plain("running", DataType.Boolean, true, readOnly);
  plain("starts", DataType.Int64, [1, 5]);
  plain("label", DataType.String, "P-101");
  plain("secret", DataType.Double, 1, { userAccessLevel: "CurrentWrite" });
  own.addVariable({
    componentOf: pump,
    browseName: "spectrum",
    nodeId: "s=Pump.spectrum",
    dataType: DataType.Double,
    valueRank: 1,
    value: value(DataType.Double, Float64Array.from([1, 2, 3, 4, 5]), VariantArrayType.Array),
  });
  // The same names at another place, and a circle back to the top.
  own.addVariable({
    propertyOf: pump,
    browseName: "SerialNumber",
    nodeId: "s=Pump.SerialNumber",
    dataType: DataType.UInt32,
    value: value(DataType.UInt32, 4711),
  });
  const second = space.registerNamespace("urn:acme:second");
  second.addVariable({
    componentOf: pump,
    browseName: "running",
    nodeId: "i=7",
    dataType: DataType.Boolean,
    value: value(DataType.Boolean, false),
  });
  pump.addReference({ referenceType: "Organizes", isForward: true, nodeId: line.nodeId });
  const many = own.addObject({ organizedBy: line, browseName: "Many", nodeId: "s=Many" });
  for (let index = 0; index < MANY; index += 1) {
    const name = `v${String(index).padStart(4, "0")}`;
    own.addVariable({
      componentOf: many,
      browseName: name,
      nodeId: `s=${name}`,
      dataType: DataType.Int16,
      value: value(DataType.Int16, index),
    });
  }
}
