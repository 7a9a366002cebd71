import type { Label } from "../../core/label.ts";
import { GatewayError } from "../../errors.ts";
import { type KeptMessages, keptOf } from "../dataset/kept-messages.ts";
import { createLabelBook, type LabelBook } from "../label-book.ts";
import { labelFolderOf, laidDownLabels } from "../label-folder.ts";
import { type KeptTargets, recallTargets } from "../recall-targets.ts";

/** Numbers of messages that wait beside the outbox: above all that it gives. */
const FIRST_SEQUENCE = 2 ** 52;

export interface WithWaiting {
  /** What was kept, and behind it what waits. */
  readonly messages: KeptMessages;
  /** Why some of what waits says nothing. */
  readonly problems: readonly GatewayError[];
}

/**
 * Adds the labels that wait beside an outbox, until its gateway takes them in, to those that it has kept. Takes nothing away.
 *
 * @throws what the outbox and the file system throw
 */
export async function withWaitingLabels(outbox: KeptTargets): Promise<WithWaiting> {
  const laidDown = await laidDownLabels(labelFolderOf(outbox.path));
  if (laidDown.length === 0) return { messages: outbox, problems: [] };
  const waiting: Label[] = [];
  const problems: GatewayError[] = [];
  const book = await openBook(outbox, async (label) => void waiting.push(label));
  for (const { label } of laidDown) {
    try {
      if (label instanceof GatewayError) throw label;
      await book.take(label);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      problems.push(error);
    }
  }
  return { messages: joined(outbox, waiting), problems };
}

/** All that was said, and all that can be spoken of. */
async function openBook(
  outbox: KeptTargets,
  store: (label: Label) => Promise<void>,
): Promise<LabelBook> {
  const labels: Label[] = [];
  for await (const label of keptOf(outbox, "label")) labels.push(label);
  const [first] = await outbox.kept("capture", { limit: 1 });
  const gateway = first?.message.kind === "capture" ? first.message.gateway : "";
  const book = createLabelBook({ gateway, labels, store });
  await recallTargets(book, outbox);
  return book;
}

function joined(outbox: KeptMessages, waiting: readonly Label[]): KeptMessages {
  return {
    async kept(kind, options = {}) {
      const { after = 0 } = options;
      const items = after < FIRST_SEQUENCE ? await outbox.kept(kind, options) : [];
      if (items.length > 0 || kind !== "label") return items;
      return waiting
        .map((message, place) => ({ sequence: FIRST_SEQUENCE + place, message }))
        .filter(({ sequence }) => sequence > after);
    },
  };
}
