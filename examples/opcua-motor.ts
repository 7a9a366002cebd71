// Watches a motor over OPC UA at the terminal. The first run learns for 30 minutes and keeps the model in motor.onnx.
// Run: node opcua-motor.ts opc.tcp://127.0.0.1:4840   (WATCH_MINUTES and SAMPLING_MS change the learning time and the pace)
import { existsSync } from "node:fs";
import {
  consoleSink,
  createGateway,
  GatewayError,
  loadModel,
  openOutbox,
  saveModel,
  trainModel,
} from "wheeltapper";
import { opcuaSource } from "wheeltapper/opcua";

const { WATCH_MINUTES = 30, SAMPLING_MS = 1000 } = process.env;

async function watch(): Promise<void> {
  const server = opcuaSource({
    endpointUrl: process.argv[2] ?? "opc.tcp://127.0.0.1:4840",
    samplingMs: Number(SAMPLING_MS),
    tags: [
      { name: "speed", unit: "rpm", nodeId: "ns=1;s=PumpSkid.motorSpeed" },
      { name: "current", unit: "A", nodeId: "ns=1;s=PumpSkid.motorCurrent" },
      { name: "temperature", unit: "°C", nodeId: "ns=1;s=PumpSkid.motorTemperature" },
      { name: "bearingTemperature", unit: "°C", nodeId: "ns=1;s=PumpSkid.bearingTemperature" },
      { name: "bearingVibration", unit: "mm/s", nodeId: "ns=1;s=PumpSkid.bearingVibration" },
    ],
    giveUpAfterMs: 5_000, // ends the learning with an error; a running gateway tries again
  });
  server.status.subscribe(({ state, error }) => console.log(state, error?.message ?? ""));

  const isLearnt = existsSync("motor.onnx");
  if (!isLearnt) console.log(`learning from ${server.name} for ${WATCH_MINUTES} minutes`);
  const model = isLearnt
    ? await loadModel("motor.onnx")
    : await trainModel(server, {
        name: "motor",
        watchMs: Number(WATCH_MINUTES) * 60_000,
        windowLength: 16, // a motor is quick: judge it by the last 16 samples
      });
  if (!isLearnt) await saveModel(model, "motor.onnx");

  const outbox = openOutbox("outbox.db");
  const gateway = createGateway({
    name: "example",
    sources: [server],
    machines: [{ name: "motor", model }],
    sinks: [consoleSink()],
    outbox,
  });
  try {
    await gateway.start();
    console.log(`watching ${server.name}, Ctrl-C stops it`);
    await gateway.done;
  } finally {
    await gateway.stop();
    await outbox.close();
  }
}

try {
  await watch();
} catch (error) {
  if (!(error instanceof GatewayError)) throw error;
  const { code, message, hint = "" } = error;
  console.error(`${code}: ${message}\n${hint}`.trimEnd());
  process.exitCode = 1;
}
