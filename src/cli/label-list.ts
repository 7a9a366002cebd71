import type { Label } from "../core/label.ts";
import { GatewayError } from "../errors.ts";
import { labelFolderOf, laidDownLabels } from "../truth/label-folder.ts";
import { columns } from "./columns.ts";
import { openExistingOutbox } from "./existing-outbox.ts";
import type { Findings } from "./findings.ts";
import { keptLabelBook } from "./kept-label-book.ts";

/** What an outbox has kept of labels, the newest of each target last, and what its gateway has not yet taken. */
export async function listLabels(path: string): Promise<Findings> {
  const outbox = await openExistingOutbox(path);
  const book = await keptLabelBook(outbox).finally(() => outbox.close());
  const targets = book.current().map(({ target }) => ({ target, history: book.history(target) }));
  const waiting = (await laidDownLabels(labelFolderOf(path))).flatMap(({ label }) =>
    label instanceof GatewayError ? [] : [label],
  );
  return {
    facts: { outbox: path, targets, waiting },
    lines: [
      `outbox ${path}: ${targets.length} labelled, ${waiting.length} labels not yet taken`,
      ...targets.flatMap(({ target, history }) => [
        `${target} of ${history[0]?.machine}`,
        ...columns(history.map(row)).map((line) => `  ${line}`),
      ]),
      ...waiting.map(({ target, verdict }) => `waits: ${target} ${verdict}`),
    ],
  };
}

function row({ atMs, verdict, by = "", faultCode = "", note = "" }: Label): readonly string[] {
  return [new Date(atMs).toISOString(), verdict, by, faultCode, note];
}
