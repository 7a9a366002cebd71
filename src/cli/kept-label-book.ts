import type { Label } from "../core/label.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { keptOf } from "../truth/dataset/kept-messages.ts";
import { createLabelBook, type LabelBook } from "../truth/label-book.ts";

/** All that an outbox knows of labels, and all that can be spoken of; what the book takes goes nowhere. */
export async function keptLabelBook(outbox: Outbox): Promise<LabelBook> {
  const labels: Label[] = [];
  for await (const label of keptOf(outbox, "label")) labels.push(label);
  const book = createLabelBook({ gateway: "", labels, store: async () => {} });
  for await (const capture of keptOf(outbox, "capture")) book.note(capture);
  for await (const event of keptOf(outbox, "anomaly")) book.note(event);
  for (const event of await outbox.unclosed()) if (event.kind === "anomaly") book.note(event);
  return book;
}
