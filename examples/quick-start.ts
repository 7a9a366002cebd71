// Watches a pump over Modbus TCP, learns what normal looks like, and posts anomaly events to a cloud until stopped.
// Run: PLC_HOST=192.168.0.10 CLOUD_URL=https://cloud.example/events node quick-start.ts
import { createGateway, httpSink, openOutbox, trainModel } from "wheeltapper";
import { modbusSource } from "wheeltapper/modbus";

const { PLC_HOST = "127.0.0.1", PLC_PORT = 502, POLL_MS = 1000, WATCH_MINUTES = 30 } = process.env;
const { CLOUD_URL = "http://127.0.0.1:8080/events" } = process.env;

const plc = modbusSource({
  host: PLC_HOST,
  port: Number(PLC_PORT),
  pollMs: Number(POLL_MS),
  giveUpAfterMs: 60_000, // ends the learning with an error; a running gateway tries again
  tags: [
    { name: "motorCurrent", unit: "A", table: "holding", address: 2, type: "float32" },
    { name: "flow", unit: "m³/h", table: "holding", address: 10, type: "float32" },
    { name: "bearingTemperature", unit: "°C", table: "holding", address: 12, type: "float32" },
    { name: "bearingVibration", unit: "mm/s", table: "holding", address: 14, type: "float32" },
  ],
});

const outbox = openOutbox("outbox.db");
console.log(`watching ${plc.name} for ${WATCH_MINUTES} minutes of normal operation`);
const model = await trainModel(plc, { name: "pump-1", watchMs: Number(WATCH_MINUTES) * 60_000 });

const gateway = createGateway({
  name: "plant-7",
  sources: [plc],
  machines: [{ name: "pump-1", model }],
  sinks: [httpSink({ url: CLOUD_URL })],
  outbox,
});
gateway.events.subscribe((event) => {
  const { machine, phase } = event;
  if (event.kind !== "anomaly") console.log(`${machine}: ${event.kind} ${phase}`);
  else console.log(`${machine}: event ${phase}, most of it from ${event.contributions[0]?.tag}`);
});

await gateway.start();
console.log("gateway running, Ctrl-C stops it");
await gateway.done;
await gateway.stop();
await outbox.close();
