import type { Label } from "../core/label.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { keptOf } from "../truth/dataset/kept-messages.ts";
import { createLabelBook, type LabelBook } from "../truth/label-book.ts";
import { recallTargets } from "../truth/recall-targets.ts";

/** All that an outbox knows of labels, and all that can be spoken of; what the book takes goes nowhere. */
export async function keptLabelBook(outbox: Outbox): Promise<LabelBook> {
  const labels: Label[] = [];
  for await (const label of keptOf(outbox, "label")) labels.push(label);
  const book = createLabelBook({ gateway: "", labels, store: async () => {} });
  await recallTargets(book, outbox);
  return book;
}
