// Watches a pump over Modbus TCP at the terminal. The first run learns for 30 minutes and keeps the model in pump.onnx.
// Run: node modbus-pump.ts 192.168.0.10:502   (WATCH_MINUTES and POLL_MS change the learning time and the pace)
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
import { modbusSource } from "wheeltapper/modbus";

const [host = "", port = "502"] = (process.argv[2] ?? "127.0.0.1").split(":");
const { WATCH_MINUTES = 30, POLL_MS = 1000 } = process.env;

async function watch(): Promise<void> {
  const plc = modbusSource({
    host,
    port: Number(port),
    pollMs: Number(POLL_MS),
    // A manual that says 40003 means address 2 here. Wild numbers? Try another byteOrder.
    tags: [
      { name: "motorCurrent", unit: "A", table: "holding", address: 2, type: "float32" },
      { name: "dischargePressure", unit: "bar", table: "holding", address: 8, type: "float32" },
      { name: "flow", unit: "m³/h", table: "holding", address: 10, type: "float32" },
      { name: "bearingTemperature", unit: "°C", table: "holding", address: 12, type: "float32" },
      { name: "bearingVibration", unit: "mm/s", table: "holding", address: 14, type: "float32" },
    ],
    giveUpAfterMs: 5_000, // ends the learning with an error; a running gateway tries again
  });
  plc.status.subscribe(({ state, error }) => console.log(state, error?.message ?? ""));

  const isLearnt = existsSync("pump.onnx");
  if (!isLearnt) console.log(`learning from ${plc.name} for ${WATCH_MINUTES} minutes`);
  const model = isLearnt
    ? await loadModel("pump.onnx")
    : await trainModel(plc, { name: "pump", watchMs: Number(WATCH_MINUTES) * 60_000 });
  if (!isLearnt) await saveModel(model, "pump.onnx");

  const outbox = openOutbox("outbox.db");
  const gateway = createGateway({
    name: "example",
    sources: [plc],
    machines: [{ name: "pump", model }],
    sinks: [consoleSink()],
    outbox,
  });
  try {
    await gateway.start();
    console.log(`watching ${plc.name}, Ctrl-C stops it`);
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
