// What acquisition costs: wheeltapper beside the libraries that it stands on, used bare, in the same run. 1,000 tags once a second;
// over Modbus on 20 units of one line, one of which is dead. Run with: npm run bench:acquisition [-- <seconds>]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { modbusPlan } from "wheeltapper/modbus";
import type { Measured } from "./acquisition/measure.ts";
import { DEAD_UNIT, lineTags } from "./acquisition/modbus-tags.ts";

const seconds = process.argv[2] ?? "60";

/** Starts one of the scripts beside this one. */
function run(script: string, ...words: readonly string[]) {
  const path = fileURLToPath(new URL(`acquisition/${script}.ts`, import.meta.url));
  return spawn(process.execPath, [path, ...words], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Both clients at the same time, each with a server of its own, so that a busy machine is busy for both. */
async function compare(server: string, word: string, clients: readonly [string, string]) {
  const measured = clients.map(async (client): Promise<Measured> => {
    const serving = run(server, word);
    const [port] = (await once(createInterface(serving.stdout), "line")) as [string];
    try {
      const printed = await text(run(client, port, seconds).stdout);
      // node-opcua prints to standard output, too, when it is used bare
      return JSON.parse(printed.trimEnd().split("\n").at(-1) ?? "") as Measured;
    } finally {
      serving.kill();
    }
  });
  const [ours, bare] = (await Promise.all(measured)) as [Measured, Measured];
  return { ours, bare, cpuRatio: ours.cpuMs / bare.cpuMs };
}

const plan = modbusPlan({
  host: "127.0.0.1",
  tags: lineTags.map((tag) => ({ ...tag, table: "holding", type: "float32" })),
});
console.log(JSON.stringify({ requestsPerScan: plan.length, oneRequestPerTag: lineTags.length }));
for (const [name, server, word, ...clients] of [
  ["modbus", "modbus-line", String(DEAD_UNIT), "modbus-wheeltapper", "modbus-plain"],
  ["opcua", "opcua-nodes", "1000", "opcua-wheeltapper", "opcua-plain"],
] as const) {
  const { ours, bare, cpuRatio } = await compare(server, word, clients);
  console.log(JSON.stringify({ protocol: name, wheeltapper: ours }));
  console.log(JSON.stringify({ protocol: name, bare }));
  console.log(JSON.stringify({ protocol: name, cpuRatio }));
}
