import { createGateway } from "../../src/gateway/create-gateway.ts";
import { loadModel } from "../../src/model/load-model.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { fileSink } from "../../src/sinks/file/file-sink.ts";
import { traceSource } from "../../src/sources/trace/trace-source.ts";

// A gateway as a process: replays a trace fifty times faster than life and delivers to a file.
const [modelPath = "", trace = "", outboxPath = "", out = ""] = process.argv.slice(2);
const outbox = openOutbox(outboxPath);
const gateway = createGateway({
  name: "plant",
  sources: [traceSource(trace, { speed: 50 })],
  machines: [{ name: "pump", model: await loadModel(modelPath) }],
  sinks: [fileSink(out)],
  outbox,
});
await gateway.start();
await gateway.done;
while (gateway.health().sinks.some(({ pending }) => pending > 0)) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
await gateway.stop();
await outbox.close();
