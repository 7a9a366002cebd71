// An OPC UA server in a process of its own: nodes ns=1;s=node1 to node3 count how often they were sampled.
// Run with: node opcua-counters.ts <port> <run> <folder for certificates>
import {
  DataType,
  DataValue,
  get_mini_nodeset_filename,
  OPCUACertificateManager,
  OPCUAServer,
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
for (const name of ["node1", "node2", "node3"]) {
  addressSpace.getOwnNamespace().addVariable({
    nodeId: `s=${name}`,
    browseName: name,
    dataType: DataType.Double,
    minimumSamplingInterval: 50,
    organizedBy: addressSpace.rootFolder.objects,
    value: {
      timestamped_get: () => {
        const now = new Date();
        const value = new Variant({ dataType: DataType.Double, value: count(name) });
        return new DataValue({ value, sourceTimestamp: now, serverTimestamp: now });
      },
    },
  });
}
await server.start();
process.stdout.write("ready\n");
