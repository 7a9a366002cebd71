import { fileOutbox } from "../outbox/file/file-outbox.ts";
import type { OutboxContents, StoredKind } from "../outbox/file/outbox-contents.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { type MessageLoad, type OutboxPlan, planLoads } from "../outbox/plan-outbox.ts";
import { messageId } from "../sinks/cloud-event.ts";
import { columns } from "./columns.ts";
import type { Findings } from "./findings.ts";

/** Newest dead letters that are shown of each queue. */
const LETTERS = 5;

/** The outage that the plan is for: a long weekend. */
const OUTAGE_HOURS = 72;

/** Opens an outbox, which no gateway may be using, and shows what is in it, what was lost, and how long an outage it would bear. */
export async function inspectOutbox(file: string): Promise<Findings> {
  const outbox = fileOutbox(file, { foreignFile: "refuse" });
  try {
    const contents = outbox.contents();
    const queues = await Promise.all(contents.queues.map((queue) => queueFacts(outbox, queue)));
    const unclosed = (await outbox.unclosed()).map(({ id, machine, startMs }) => ({
      id,
      machine,
      openedAt: isoTime(startMs),
    }));
    const { kept, droppedOfKept, stored } = contents;
    const rates = stored.map((kind) => loadOf(kind));
    const plan = planLoads(rates, OUTAGE_HOURS, Math.max(1, queues.length));
    const bytes = outbox.sizeBytes();
    return {
      facts: {
        kind: "outbox",
        file,
        bytes,
        queues,
        unclosed,
        kept,
        droppedOfKept,
        stored: stored.map((kind, index) => ({ ...kind, ...rates[index], bytes: kind.bytes })),
        plan: { outageHours: OUTAGE_HOURS, ...plan },
      },
      lines: [
        `outbox ${file}: ${bytes} bytes`,
        ...queueLines(queues),
        ...keptLines(contents),
        ...unclosed.map(
          ({ id, machine, openedAt }) => `open since ${openedAt}: ${machine} [${id}]`,
        ),
        ...planLines(stored, plan),
      ],
    };
  } finally {
    await outbox.close();
  }
}

type QueueFacts = Awaited<ReturnType<typeof queueFacts>>;

async function queueFacts(
  outbox: Outbox,
  { name, pending, dropped }: OutboxContents["queues"][number],
) {
  const queue = outbox.queue(name);
  const { oldestMs, ...stats } = queue.stats();
  const letters = await queue.deadLetters(LETTERS);
  return {
    name,
    pending: stats.pending,
    deadLetters: stats.deadLetters,
    dropped: stats.dropped,
    ...(oldestMs !== undefined && { oldest: isoTime(oldestMs) }),
    pendingByKind: pending,
    droppedByKind: dropped,
    newestDeadLetters: letters.map(({ sequence, rejectedMs, reason, message }) => ({
      sequence,
      rejectedAt: isoTime(rejectedMs),
      reason,
      message: message === undefined ? "unreadable" : `${message.kind} ${messageId(message)}`,
    })),
  };
}

function queueLines(queues: readonly QueueFacts[]): readonly string[] {
  return [
    ...columns([
      ["queue", "pending", "dead letters", "dropped", "oldest"],
      ...queues.map(({ name, pending, deadLetters, dropped, oldest }) => [
        name,
        pending,
        deadLetters,
        dropped,
        oldest ?? "-",
      ]),
    ]),
    ...queues.flatMap(({ name, pendingByKind, droppedByKind, newestDeadLetters }) => [
      ...pendingByKind.map(
        ({ kind, count, bytes }) => `${name}: ${count} ${kind} wait, ${bytes} bytes`,
      ),
      ...droppedByKind.map(
        ({ kind, count, reason }) => `${name}: ${count} ${kind} dropped (${reason})`,
      ),
      ...newestDeadLetters.map(
        ({ sequence, rejectedAt, reason, message }) =>
          `${name}: dead letter ${sequence} of ${rejectedAt}: ${message}: ${reason}`,
      ),
    ]),
  ];
}

function keptLines({ kept, droppedOfKept }: OutboxContents): readonly string[] {
  return [
    ...kept.map(({ kind, count, bytes }) => `kept for reading: ${count} ${kind}, ${bytes} bytes`),
    ...droppedOfKept.map(
      ({ kind, count, reason }) => `kept for reading: ${count} ${kind} dropped (${reason})`,
    ),
  ];
}

function planLines(
  stored: readonly StoredKind[],
  { bytes, flashBytesPerDay }: OutboxPlan,
): readonly string[] {
  if (bytes === 0) return [];
  const kinds = stored.map(({ kind }) => kind).join(", ");
  return [
    `an outage of ${OUTAGE_HOURS} h needs ${megabytes(bytes)}, and writes ${megabytes(flashBytesPerDay)} a day, at the rate of what is here (${kinds})`,
  ];
}

/** How often a kind came, from the first to the last that is here; 0 where that cannot be told. */
function loadOf({ count, bytes, firstMs, lastMs }: StoredKind): MessageLoad {
  const minutes = (lastMs - firstMs) / 60_000;
  return { perMinute: minutes > 0 ? (count - 1) / minutes : 0, bytes: bytes / count };
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
