import type { IncomingLabel, LabelInput } from "../core/label.ts";

/** The labels of one source that nobody has kept yet. */
export interface PendingLabels {
  /** Emits a label, unless the same one is on its way already; resolves once its `done` was called. */
  hand(label: LabelInput, emit: (label: IncomingLabel) => void): Promise<void>;
}

/** Remembers what was emitted and is not kept, so that a source which is given a label again and again emits it once. */
export function createPendingLabels(): PendingLabels {
  const pending = new Map<string, Promise<void>>();
  return {
    hand(label, emit) {
      const key = JSON.stringify(label);
      const known = pending.get(key);
      if (known) return known;
      const kept = Promise.withResolvers<void>();
      pending.set(key, kept.promise);
      const done = (): void => {
        pending.delete(key);
        kept.resolve();
      };
      emit({ ...label, done });
      return kept.promise;
    },
  };
}
