// Publishes an event, says so, and stays connected until it is killed.
import { writeSync } from "node:fs";
import { mqttSink } from "../../../src/sinks/mqtt/index.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";

const [, , url = "", payload = ""] = process.argv;
const sink = mqttSink(
  payload === "sparkplug" ? { url, version: 4, payload, group: "plant" } : { url, version: 4 },
);
await sink.write([sampleEvent()], new AbortController().signal);
writeSync(1, "published\n");
setInterval(() => {}, 60_000);
