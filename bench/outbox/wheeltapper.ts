import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { Store } from "./store.ts";

export function wheeltapper(path: string): Store {
  const outbox = openOutbox(path);
  const queue = outbox.queue("cloud");
  return {
    append: (events) => queue.append(events),
    async drain(limit) {
      const items = await queue.peek(limit);
      await queue.acknowledge(items.map(({ sequence }) => sequence));
      return items.length;
    },
    sizeBytes: () => outbox.sizeBytes(),
    close: () => outbox.close(),
  };
}
