import { NEVER, of } from "rxjs";
import { createGateway } from "../../src/gateway/create-gateway.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";

// A gateway as a process: runs until it is told to stop, with a sink that does not answer.
const model = await trainModel(machineFrames(300), {
  name: "machine",
  tags: machineTags,
  windowLength: 8,
  maxEpochs: 2,
});
const outbox = openOutbox(process.argv[2] ?? "");
const source = { name: "plc", tags: machineTags, readings: NEVER, status: of() };
const sink = { name: "cloud", write: () => new Promise<never>(() => {}), close: async () => {} };
const gateway = createGateway({
  name: "plant",
  sources: [source],
  machines: [{ name: "pump", model }],
  sinks: [sink],
  outbox,
});
const keepAlive = setInterval(() => {}, 1_000);
await gateway.start();
process.stdout.write("running\n");
await gateway.done;
await gateway.stop();
await outbox.close();
clearInterval(keepAlive);
process.stdout.write(`${gateway.health().state}\n`);
