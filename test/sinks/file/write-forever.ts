// Writes numbered events to a file that is put aside again and again, and prints each number once it is acknowledged.
import { writeSync } from "node:fs";
import { fileSink } from "../../../src/sinks/file/file-sink.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";

const [, , path = "", from = "0"] = process.argv;
const running = new AbortController().signal;
const sink = fileSink(path, { maxBytes: 4_000 });

for (let number = Number(from); ; number += 1) {
  await sink.write([sampleEvent({ id: String(number) })], running);
  writeSync(1, `${number}\n`);
}
