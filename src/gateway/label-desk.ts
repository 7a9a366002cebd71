import { catchError, EMPTY, merge, type Observable, type Subscription } from "rxjs";
import type { IncomingLabel, Label, LabelInput } from "../core/label.ts";
import type { Score } from "../core/score.ts";
import { GatewayError } from "../errors.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { openEventMemory } from "../truth/event-memory.ts";
import { createLabelBook } from "../truth/label-book.ts";
import { labelFolderOf } from "../truth/label-folder.ts";
import type { Labelled } from "../truth/label-targets.ts";
import { recallTargets } from "../truth/recall-targets.ts";
import { watchLabelFolder } from "../truth/watch-label-folder.ts";
import type { LabelsHealth } from "./health.ts";
import { createLabelQueue } from "./label-queue.ts";

export interface LabelDeskOptions {
  readonly gateway: string;
  readonly outbox: Outbox | undefined;
  /** What was kept so far. */
  readonly labels: readonly Label[];
  /** Where labels come from, beside the folder of the command line. */
  readonly sources: readonly Observable<IncomingLabel>[];
  /** Takes each label once it is kept: to let it act, and to send it on. */
  readonly onLabel: (label: Label) => void;
}

/** Where labels come in, whatever way. */
export interface LabelDesk {
  /** Takes each score of a machine, before the event that comes of it. */
  scored(machine: string, score: Score): void;
  /** Remembers what can be spoken of; an event that is over also for the time after a restart. */
  note(message: Labelled): void;
  /** Resolves once the label is on the disk and acts; a label without a time has that of `cameMs`, by default now. */
  take(input: LabelInput, cameMs?: number): Promise<Label>;
  /** Begins to take labels from the sources; nothing that comes from there ends it. What the outbox refuses for the moment is tried again. */
  open(): void;
  close(): void;
  health(): LabelsHealth;
}

export function createLabelDesk(options: LabelDeskOptions): LabelDesk {
  const { gateway, outbox, labels, sources, onLabel } = options;
  let taken = 0;
  let lastError: unknown;
  let subscription: Subscription | undefined;

  const trouble = (error: unknown): void => {
    lastError = error;
  };
  const store = async (label: Label): Promise<void> => {
    if (outbox === undefined) throw withoutOutbox(gateway);
    await outbox.keep([label]);
    taken += 1;
    onLabel(label);
  };
  const book = createLabelBook({ gateway, labels, store });

  const memory = outbox && openEventMemory(outbox.path);
  const note = (message: Labelled): void => {
    book.note(message);
    if (message.kind !== "anomaly" || message.phase !== "closed") return;
    const facts = book.facts(message.id);
    try {
      if (facts) memory?.remember({ id: message.id, ...facts });
    } catch (error) {
      trouble(error);
    }
  };
  const recall = async (target: string): Promise<boolean> =>
    outbox !== undefined && (await recallTargets(book, outbox, target)) > 0;
  const take = async (input: LabelInput, cameMs = Date.now()): Promise<Label> => {
    try {
      return await book.take(input, cameMs);
    } catch (error) {
      if (!isInvalid(error) || !(await recall(input.target))) throw error;
      return book.take(input, cameMs);
    }
  };
  const ended = (error: unknown): Observable<never> => {
    trouble(error);
    return EMPTY;
  };
  const queue = createLabelQueue({ take, onTrouble: trouble });
  const health = (): LabelsHealth => {
    const [waiting, lost, error] = [queue.waiting(), queue.lost(), queue.refusal() ?? lastError];
    return {
      taken,
      ...(waiting > 0 && { waiting }),
      ...(lost > 0 && { lost }),
      ...(error !== undefined && { lastError: error }),
    };
  };

  return {
    scored: book.scored,
    note,
    take,
    open() {
      const folder = outbox
        ? watchLabelFolder(labelFolderOf(outbox.path), {
            store: (label) => take(label),
            onTrouble: trouble,
          })
        : EMPTY;
      const said = merge(...sources.map((source) => source.pipe(catchError(ended))));
      subscription = queue.drain(said).subscribe();
      subscription.add(folder.subscribe());
    },
    close: () => subscription?.unsubscribe(),
    health,
  };
}

function isInvalid(error: unknown): boolean {
  return error instanceof GatewayError && error.code === "LABEL_INVALID";
}

function withoutOutbox(gateway: string): GatewayError {
  return new GatewayError(
    "CONFIG_INVALID",
    `gateway "${gateway}": expected an outbox to keep labels in, got none`,
    { hint: 'Give the gateway an outbox: `outbox: openOutbox("outbox.db")`.' },
  );
}
