import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { onceSignalled } from "../../gateway/once-signalled.ts";
import { startSimulator } from "../../simulator/start-simulator.ts";
import { EXIT, printResult } from "../output.ts";
import { parseDuration } from "../parse-option.ts";
import { learn } from "./learn.ts";
import { startReceiver } from "./receiver.ts";
import { reportLines } from "./report.ts";
import { skidSources } from "./skid-sources.ts";
import { watchFault } from "./watch-fault.ts";

interface DemoOptions {
  readonly for: number;
  readonly json?: boolean;
}

const PERIOD_MS = 100;
const WINDOW_LENGTH = 16;
/** Skid time per wall time: a load cycle of a minute takes some seconds, so that many of them are seen. */
const TIME_SCALE = 20;

/** `wheeltapper demo`: the whole road on one machine. */
export function addDemo(program: Command): void {
  program
    .command("demo")
    .summary("the whole road, on a simulated pump skid")
    .description(
      "Serves a simulated pump skid over real Modbus TCP and OPC UA, watches it in normal operation, trains a model, starts a gateway,\n" +
        "wears a bearing out, and follows the anomaly event through the outbox to a local receiver.",
    )
    .addOption(
      new Option("--for <duration>", "how long to watch normal operation before training")
        .argParser(parseDuration)
        .default(30_000, "30s"),
    )
    .option("--no-dashboard", "do not serve the local web page (there is none in this version)")
    .option("--json", "print one JSON object at the end")
    .action(demo);
}

async function demo({ for: learnMs, json }: DemoOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "wheeltapper-demo-"));
  const skid = await startSimulator({ timeScale: TIME_SCALE });
  const receiver = await startReceiver();
  const cleanUp = async (): Promise<void> => {
    await Promise.all([skid.stop(), receiver.close()]);
    await rm(folder, { recursive: true, force: true });
  };
  const removeSignals = onceSignalled(() => void cleanUp().then(() => process.exit(EXIT.failed)));
  try {
    const say = (text: string): void => void process.stderr.write(`${text}\n`);
    say(`pump skid at ${skid.modbusUrl} and ${skid.opcuaUrl}, receiver at ${receiver.url}`);
    const sources = skidSources(skid, PERIOD_MS);
    const model = await learn(sources, {
      periodMs: PERIOD_MS,
      windowLength: WINDOW_LENGTH,
      learnMs,
    });
    const { epochs, trainingWindows } = model.card.provenance;
    say(
      `learnt from ${trainingWindows} windows in ${epochs} epochs, threshold ${model.card.threshold.toFixed(1)}`,
    );
    const outboxPath = join(folder, "outbox.db");
    const outcome = await watchFault({ skid, sources, model, receiver, outboxPath, say });
    printResult(
      json,
      outcome.result,
      reportLines(outcome.result, outcome.scores, model.card.threshold),
    );
    if (!outcome.passed) process.exitCode = EXIT.failed;
    await model.close();
  } finally {
    removeSignals();
    await cleanUp();
  }
}
