// Tests a configuration without a plant: trains on a recording of normal operation, plays one with a worn bearing
// through the gateway, and fails (exit code 1) unless there is exactly one event and the bearing is named first.
// Run: node recorded-trace.ts
import { join } from "node:path";
import { type AnomalyEvent, createGateway, traceSource, trainModel } from "wheeltapper";

const trace = (name: string) => traceSource(join(import.meta.dirname, "traces", name));

const model = await trainModel(trace("normal.csv"), { name: "pump" });
const gateway = createGateway({
  name: "test",
  sources: [trace("bearing-wear.csv")],
  machines: [{ name: "pump", model }],
});
const events: AnomalyEvent[] = [];
gateway.events.subscribe((event) => {
  if (event.kind === "anomaly") events.push(event);
});
await gateway.start();
await gateway.done; // the recording has ended
await gateway.stop();

for (const { phase, startMs, endMs, score, contributions } of events) {
  const time = new Date(phase === "opened" ? startMs : endMs).toISOString();
  const [first] = contributions;
  console.log(
    `${time} ${phase}: score ${score.toFixed(1)}, most of it from ${first?.tag}, ` +
      `${first?.actual.toFixed(2)} instead of ${first?.expected.toFixed(2)}`,
  );
}

const opened = events.filter(({ phase }) => phase === "opened");
const passed = opened.length === 1 && opened[0]?.contributions[0]?.tag === "bearingVibration";
console.log(passed ? "passed" : "failed");
process.exitCode = passed ? 0 : 1;
