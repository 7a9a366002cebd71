#!/usr/bin/env node
import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import { addBrowse } from "./browse/browse.ts";
import { addDataset } from "./dataset.ts";
import { addDemo } from "./demo/demo.ts";
import { addEvaluate } from "./evaluate.ts";
import { addInspect } from "./inspect.ts";
import { addLabel } from "./label.ts";
import { addOptimize } from "./optimize.ts";
import { EXIT, printFailure } from "./output.ts";
import { addPack } from "./pack.ts";
import { addScore } from "./score.ts";
import { addSimulate } from "./simulate.ts";
import { addTrain } from "./train.ts";

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

const program = new Command("wheeltapper")
  .description("Learns on the gateway what normal looks like, and tells when it no longer does.")
  .version(version)
  .addHelpText("after", "\nExit codes: 0 done, 1 failed, 2 wrong usage.")
  .exitOverride();
for (const add of [
  addDemo,
  addSimulate,
  addTrain,
  addScore,
  addEvaluate,
  addInspect,
  addLabel,
  addDataset,
  addOptimize,
  addPack,
  addBrowse,
])
  add(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
  } else {
    process.exitCode = printFailure(process.argv.includes("--json"), error);
  }
}
