// Appends events from number `from` on, a few at a time, and prints the number of each once it is acknowledged.
import { writeSync } from "node:fs";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";

const [, , path = "", from = "0"] = process.argv;
const queue = openOutbox(path).queue("cloud");

const append = async (number: number): Promise<void> => {
  await queue.append([sampleEvent({ id: `incident-${number}` })]);
  writeSync(1, `${number}\n`);
};

for (let number = Number(from); ; number += 5) {
  await Promise.all([0, 1, 2, 3, 4].map((offset) => append(number + offset)));
}
