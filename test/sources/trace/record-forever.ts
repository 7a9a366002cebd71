// Records a reading every few milliseconds to the path given, and prints how many are on the disk.
import { writeSync } from "node:fs";
import { Subject } from "rxjs";
import type { Reading } from "../../../src/core/reading.ts";
import { recordTrace } from "../../../src/sources/trace/record-trace.ts";
import { handSource } from "./hand-source.ts";

const [, , path = ""] = process.argv;
const readings = new Subject<Reading>();
const source = handSource(readings, [{ name: "a" }, { name: "b" }]);
const recorded = recordTrace(source, path, { flushMs: 5 });
const running = recorded.readings.forEach(() => {});

let count = 0;
setInterval(() => {
  for (let burst = 0; burst < 50; burst += 1) {
    const tag = count % 2 === 0 ? "a" : "b";
    readings.next({ tag, timeMs: 1_000_000 + count, value: count, quality: "good" });
    count += 1;
  }
  writeSync(1, `${recorded.stats().written}\n`);
}, 1);
await running;
