import type { MessageKind } from "../core/message-kind.ts";
import type { Outbox, OutboxItem } from "../outbox/outbox.ts";

/** Messages read at once: some megabytes of windows. */
const PIECE = 500;

/** Reads what was kept of a kind, oldest first, in pieces. */
export async function* keptItems(
  outbox: Outbox | undefined,
  kind: MessageKind,
): AsyncGenerator<OutboxItem> {
  let after = 0;
  for (;;) {
    const items = (await outbox?.kept(kind, { after, limit: PIECE })) ?? [];
    yield* items;
    const last = items.at(-1);
    if (last === undefined) return;
    after = last.sequence;
  }
}
