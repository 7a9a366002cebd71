// Waits to be told a number; then uploads what is in the outbox while it writes new events from this number on, and prints the number
// of each once it is acknowledged.
import { once } from "node:events";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { storeAndForward } from "../../src/outbox/store-and-forward.ts";
import { httpSink } from "../../src/sinks/http/http-sink.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";

const [, , path = "", url = ""] = process.argv;
const [from] = await once(createInterface(process.stdin), "line");
const running = new AbortController().signal;
const sink = storeAndForward(httpSink({ url, name: "cloud" }), openOutbox(path), {
  batchLength: 7,
  retryFirstMs: 5,
  retryMaxMs: 20,
});

for (let number = Number(from); ; number += 1) {
  await sink.write([sampleEvent({ id: `incident-${number}` })], running);
  writeSync(1, `${number}\n`);
}
