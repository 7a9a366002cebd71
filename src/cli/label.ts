import { type Command, Option } from "commander";
import type { LabelInput } from "../core/label.ts";
import { GatewayError } from "../errors.ts";
import { LABEL_VERDICTS, parseLabelInput } from "../math/label-input.ts";
import { labelFolderOf, layDownLabel, requireTime } from "../truth/label-folder.ts";
import { openExistingOutbox } from "./existing-outbox.ts";
import { keptLabelBook } from "./kept-label-book.ts";
import { listLabels } from "./label-list.ts";
import { printResult } from "./output.ts";

interface LabelOptions {
  readonly verdict?: string;
  readonly faultCode?: string;
  readonly note?: string;
  readonly by?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** `wheeltapper label`: what an event or a window really was. */
export function addLabel(program: Command): void {
  program
    .command("label")
    .summary("say of an event or a captured window whether it was a fault")
    .description(
      "Says of an anomaly event or a captured window what it really was. A running gateway takes the label within seconds, another one\n" +
        "when it starts. The newest label of a target counts; unsure takes back what was said.\n" +
        "Example: wheeltapper label outbox.db 0b54bd1c --verdict false-alarm --by mk",
    )
    .argument("<outbox>", "outbox of the gateway")
    .argument("[id]", "event or window, or the beginning of its id")
    .addOption(new Option("--verdict <verdict>", "what it was").choices(LABEL_VERDICTS))
    .option("--fault-code <code>", "your code for the kind of fault")
    .option("--note <text>", "what else is to be said")
    .option("--by <name>", "who says it")
    .option("--list", "show what was said so far; the gateway must be stopped")
    .option("--json", "print one JSON object")
    .action(async (outbox: string, id: string | undefined, options: LabelOptions) => {
      if (options.list) await showLabels(outbox, options);
      else await label(outbox, id, options);
    });
}

async function showLabels(path: string, { json }: LabelOptions): Promise<void> {
  const { facts, lines } = await listLabels(path);
  printResult(json, facts, lines);
}

async function label(
  path: string,
  id: string | undefined,
  { json, list: _, ...said }: LabelOptions,
): Promise<void> {
  if (id === undefined || said.verdict === undefined) {
    throw new GatewayError("CONFIG_INVALID", "expected an id and --verdict, or --list", {
      hint: "Run wheeltapper label --help.",
    });
  }
  const input = requireTime(parseLabelInput({ ...said, target: id, atMs: Date.now() }));
  const { target, isInUse } = await resolveTarget(path, input);
  await layDownLabel(labelFolderOf(path), { ...input, target });
  printResult(json, { outbox: path, ...input, target, isInUse }, [
    `${target}: ${input.verdict}`,
    isInUse
      ? "  the gateway takes it within seconds, and reports an id that it does not know"
      : "  the gateway takes it when it starts",
  ]);
}

/** The whole id, where the outbox can be read; a gateway that holds it finds out by itself. */
async function resolveTarget(
  path: string,
  input: LabelInput,
): Promise<{ target: string; isInUse: boolean }> {
  const outbox = await openExistingOutbox(path).catch((error: unknown) => {
    // In use is the one thing that passes by itself.
    if (error instanceof GatewayError && error.retryable) return undefined;
    throw error;
  });
  if (outbox === undefined) return { target: input.target, isInUse: true };
  try {
    const book = await keptLabelBook(outbox);
    const { target } = await book.take(input);
    return { target, isInUse: false };
  } finally {
    await outbox.close();
  }
}
