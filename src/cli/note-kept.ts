import type { Outbox } from "../outbox/outbox.ts";
import { keptOf } from "../truth/dataset/kept-messages.ts";
import type { LabelBook } from "../truth/label-book.ts";

/** Tells a book of everything in an outbox that can be spoken of. */
export async function noteKept(outbox: Outbox, book: LabelBook): Promise<void> {
  for await (const capture of keptOf(outbox, "capture")) book.note(capture);
  for await (const event of keptOf(outbox, "anomaly")) book.note(event);
  for (const event of await outbox.unclosed()) if (event.kind === "anomaly") book.note(event);
}
