import type { Command } from "commander";
import { type DatasetSummary, exportDataset } from "../truth/dataset/export-dataset.ts";
import { withWaitingLabels } from "../truth/retraining/waiting-labels.ts";
import { columns } from "./columns.ts";
import { openExistingOutbox } from "./existing-outbox.ts";
import { printResult } from "./output.ts";

interface DatasetOptions {
  readonly out: string;
  readonly machine?: string;
  readonly labelled?: boolean;
  readonly json?: boolean;
}

/** `wheeltapper dataset`: kept windows and labels for training elsewhere. */
export function addDataset(program: Command): void {
  program
    .command("dataset")
    .summary("write the windows that an outbox has kept, with their labels, for training elsewhere")
    .description(
      "Writes the windows that an outbox has kept and what people have said of them: one row per window in Parquet, one\n" +
        "line per frame in CSV. The outbox must not be in use by a gateway.\n" +
        "Example: wheeltapper dataset outbox.db --out windows.parquet --labelled",
    )
    .argument("<outbox>", "outbox of a gateway that is stopped")
    .requiredOption("--out <file>", "file to write, *.parquet or *.csv")
    .option("--labelled", "only windows that people have labelled")
    .option("--machine <name>", "only windows of this machine")
    .option("--json", "print one JSON object at the end")
    .action(dataset);
}

async function dataset(path: string, { json, ...options }: DatasetOptions): Promise<void> {
  const outbox = await openExistingOutbox(path);
  try {
    // What was said with `label` and no gateway has taken in yet counts as well.
    const { messages, problems } = await withWaitingLabels(outbox);
    for (const { message } of problems) process.stderr.write(`warning: ${message}\n`);
    const summary = await exportDataset(messages, options);
    printResult(json, { outbox: path, out: options.out, ...summary }, [
      `${options.out}: ${summary.windows} windows of ${path}`,
      ...tableOf("label", summary.byVerdict),
      ...tableOf("kept because", summary.byReason),
    ]);
  } finally {
    await outbox.close();
  }
}

function tableOf(
  title: string,
  counts: DatasetSummary["byVerdict"] | DatasetSummary["byReason"],
): readonly string[] {
  return columns([[title, "windows"], ...Object.entries(counts)]).map((line) => `  ${line}`);
}
