// An OPC UA server in a process of its own: nodes ns=1;s=node1 to node3 count on twice a second.
// Run with: node opcua-counters.ts <port> <run> <folder for certificates>
import {
  DataType,
  get_mini_nodeset_filename,
  OPCUACertificateManager,
  OPCUAServer,
  StatusCodes,
  Variant,
} from "node-opcua";
import { createCounter } from "./served-log.ts";

const [port = "", run = "", rootFolder = ""] = process.argv.slice(2);
const count = createCounter(Number(run));
const store = new OPCUACertificateManager({ rootFolder, disableFileWatchers: true });
const server = new OPCUAServer({
  port: Number(port),
  hostname: "127.0.0.1",
  nodeset_filename: [get_mini_nodeset_filename()],
  serverCertificateManager: store,
  userCertificateManager: store,
});
await server.initialize();
const { addressSpace } = server.engine;
if (!addressSpace) throw new Error("the server has no address space");
const namespace = addressSpace.getOwnNamespace();
for (const name of ["node1", "node2", "node3"]) {
  const node = namespace.addVariable({
    nodeId: `s=${name}`,
    browseName: name,
    dataType: DataType.Double,
    minimumSamplingInterval: 50,
    organizedBy: addressSpace.rootFolder.objects,
  });
  setInterval(() => {
    const value = new Variant({ dataType: DataType.Double, value: count(name) });
    node.setValueFromSource(value, StatusCodes.Good, new Date());
  }, 500);
}
await server.start();
process.stdout.write("ready\n");
