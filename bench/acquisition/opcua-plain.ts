// The same through node-opcua as one writes it by hand. Run by acquisition.bench.ts with: <port> <seconds>
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttributeIds,
  ClientMonitoredItemGroup,
  ClientSubscription,
  DataChangeFilter,
  DataChangeTrigger,
  OPCUACertificateManager,
  OPCUAClient,
  TimestampsToReturn,
} from "node-opcua";
import { measure } from "./measure.ts";

const NODES = 1000;

const store = new OPCUACertificateManager({
  rootFolder: join(await mkdtemp(join(tmpdir(), "bench-opcua-")), "pki"),
});
await store.initialize();
const client = OPCUAClient.create({
  endpointMustExist: false,
  keepSessionAlive: true,
  clientCertificateManager: store,
});
await client.connect(`opc.tcp://127.0.0.1:${process.argv[2]}`);
const session = await client.createSession();
const subscription = ClientSubscription.create(session, {
  requestedPublishingInterval: 1000,
  requestedMaxKeepAliveCount: 5,
  requestedLifetimeCount: 60,
  maxNotificationsPerPublish: 0,
  publishingEnabled: true,
});

await measure(["tag1"], (meter) => {
  for (let first = 1; first <= NODES; first += 100) {
    const nodes = Array.from({ length: 100 }, (_, place) => ({
      nodeId: `ns=1;i=${first + place}`,
      attributeId: AttributeIds.Value,
    }));
    const trigger = DataChangeTrigger.StatusValueTimestamp;
    const group = ClientMonitoredItemGroup.create(
      subscription,
      nodes,
      {
        samplingInterval: 1000,
        queueSize: 10,
        discardOldest: true,
        filter: new DataChangeFilter({ trigger }),
      },
      TimestampsToReturn.Both,
    );
    group.on("changed", (_item, { value, sourceTimestamp, statusCode }, index) => {
      const reading = {
        tag: `tag${first + index}`,
        timeMs: sourceTimestamp?.getTime() ?? Date.now(),
        value: value.value as number,
        quality: statusCode.isGood() ? "good" : "bad",
      };
      meter.take(reading.tag, reading.value);
    });
  }
});
