import type { GatewayEvent } from "../core/gateway-event.ts";
import { type KeptMessages, keptOf } from "./dataset/kept-messages.ts";
import { openEventMemory } from "./event-memory.ts";
import type { LabelBook } from "./label-book.ts";
import { factsOf } from "./label-targets.ts";

/** What a gateway has left on the disk; an outbox is one. */
export interface KeptTargets extends KeptMessages {
  readonly path: string;
  unclosed(): Promise<readonly GatewayEvent[]>;
}

/**
 * Tells a book of the events and windows that were before a restart: events that are open, those that are over, and the windows that were kept.
 *
 * @param beginning of their ids, or of that of the event to which a window belongs
 * @returns how many there are
 * @throws what the outbox throws, and GatewayError `FILE_UNREADABLE`
 */
export async function recallTargets(
  book: Pick<LabelBook, "note" | "recall">,
  outbox: KeptTargets,
  beginning: string = "",
): Promise<number> {
  let found = 0;
  for (const event of await outbox.unclosed()) {
    if (event.kind !== "anomaly" || !event.id.startsWith(beginning)) continue;
    book.recall(event.id, factsOf(event));
    found += 1;
  }
  for (const { id, ...facts } of await openEventMemory(outbox.path).recall(beginning)) {
    book.recall(id, facts);
    found += 1;
  }
  for await (const capture of keptOf(outbox, "capture")) {
    const { id, eventId } = capture;
    if (!id.startsWith(beginning) && !eventId?.startsWith(beginning)) continue;
    book.note(capture);
    found += 1;
  }
  return found;
}
