// An OPC UA server in a process of its own, with nodes `ns=1;i=1` and so on that change once a second. Prints its port.
// Run with: node bench/acquisition/opcua-nodes.ts <number of nodes>
import { mkdtemp } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DataType,
  get_mini_nodeset_filename,
  OPCUACertificateManager,
  OPCUAServer,
  StatusCodes,
  Variant,
} from "node-opcua";

const count = Number(process.argv[2] ?? 1000);
const probe = createServer().listen(0, "127.0.0.1");
await new Promise((resolve) => probe.once("listening", resolve));
const { port } = probe.address() as AddressInfo;
await new Promise((resolve) => probe.close(resolve));

const store = new OPCUACertificateManager({
  rootFolder: join(await mkdtemp(join(tmpdir(), "bench-opcua-")), "pki"),
});
const server = new OPCUAServer({
  port,
  hostname: "127.0.0.1",
  nodeset_filename: [get_mini_nodeset_filename()],
  serverCertificateManager: store,
  userCertificateManager: store,
});
await server.initialize();
const { addressSpace } = server.engine;
if (!addressSpace) throw new Error("the server has no address space");
const namespace = addressSpace.getOwnNamespace();
const nodes = Array.from({ length: count }, (_, place) =>
  namespace.addVariable({
    nodeId: `i=${place + 1}`,
    browseName: `tag${place + 1}`,
    dataType: DataType.Double,
    minimumSamplingInterval: 100,
    organizedBy: addressSpace.rootFolder.objects,
  }),
);
setInterval(() => {
  const now = new Date();
  for (const [place, node] of nodes.entries()) {
    const value = place + Math.random();
    node.setValueFromSource(
      new Variant({ dataType: DataType.Double, value }),
      StatusCodes.Good,
      now,
    );
  }
}, 1000);
await server.start();
console.log(port);
