import { openOutbox } from "../outbox/open-outbox.ts";
import { columns } from "./columns.ts";
import type { Findings } from "./findings.ts";

/** Opens an outbox, which no gateway may be using, and shows what waits in it. */
export async function inspectOutbox(file: string): Promise<Findings> {
  const outbox = openOutbox(file);
  try {
    const queues = outbox.queues().map((name) => ({ name, ...outbox.queue(name).stats() }));
    const unclosed = (await outbox.unclosed()).map(({ id, machine, startMs }) => ({
      id,
      machine,
      openedAt: new Date(startMs).toISOString(),
    }));
    const bytes = outbox.sizeBytes();
    return {
      facts: { kind: "outbox", file, bytes, queues, unclosed },
      lines: [
        `outbox ${file}: ${bytes} bytes`,
        ...columns([
          ["queue", "pending", "dead letters"],
          ...queues.map(({ name, pending, deadLetters }) => [name, pending, deadLetters]),
        ]),
        ...unclosed.map(
          ({ id, machine, openedAt }) => `open since ${openedAt}: ${machine} [${id}]`,
        ),
      ],
    };
  } finally {
    await outbox.close();
  }
}
