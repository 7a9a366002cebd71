// Waits to be told a number, appends events from this number on, a few at a time, and prints the number of each once it is acknowledged.
import { once } from "node:events";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";

const [, , path = ""] = process.argv;
const [from] = await once(createInterface(process.stdin), "line");
const queue = openOutbox(path).queue("cloud");

const append = async (number: number): Promise<void> => {
  await queue.append([sampleEvent({ id: `incident-${number}` })]);
  writeSync(1, `${number}\n`);
};

for (let number = Number(from); ; number += 5) {
  await Promise.all([0, 1, 2, 3, 4].map((offset) => append(number + offset)));
}
