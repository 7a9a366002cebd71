import { setTimeout as sleep } from "node:timers/promises";
import { Observable } from "rxjs";
import type { LabelInput } from "../core/label.ts";
import { GatewayError } from "../errors.ts";
import { requireKnown, requirePositive } from "../math/range-checks.ts";
import { type LaidDown, laidDownLabels } from "./label-folder.ts";

export interface WatchLabelFolderOptions {
  /**
   * Keeps a label for good. Only then its file is removed; when it fails, the label comes again. What it refuses with `LABEL_INVALID` is reported and
   * set aside.
   */
  readonly store: (label: LabelInput) => Promise<unknown>;
  /**
   * How often to look, in milliseconds.
   * @defaultValue 1000
   */
  readonly pollMs?: number;
  /** Hears what went wrong: a file that is no label, a target nobody knows, a disk that refuses. While it lasts, once. */
  readonly onTrouble?: (error: GatewayError) => void;
}

/**
 * Takes labels out of the folder into which `wheeltapper label` lays them, and emits each that was stored. Never completes and never fails. For each
 * folder one at a time.
 *
 * Delivery: at least once, also if either side is killed; a label that comes again is the same one, see {@link createLabelBook}.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option
 */
export function watchLabelFolder(
  folder: string,
  options: WatchLabelFolderOptions,
): Observable<LabelInput> {
  requireKnown("watchLabelFolder", options, ["store", "pollMs", "onTrouble"]);
  const { store, pollMs = 1000, onTrouble = () => {} } = options;
  requirePositive("watchLabelFolder", { pollMs });

  return new Observable((subscriber) => {
    const stopped = new AbortController();
    const round = async (tell: (error: unknown) => void): Promise<void> => {
      for (const laidDown of await laidDownLabels(folder)) {
        if (stopped.signal.aborted) return;
        const taken = await take(laidDown, store);
        if (taken instanceof GatewayError) tell(taken);
        else subscriber.next(taken);
      }
    };
    const watch = async (): Promise<void> => {
      let before: ReadonlySet<string> = new Set();
      while (!stopped.signal.aborted) {
        const troubles = new Set<string>();
        const tell = (cause: unknown): void => {
          const trouble = troubleOf(folder, cause);
          troubles.add(trouble.message);
          if (!before.has(trouble.message)) onTrouble(trouble);
        };
        await round(tell).catch(tell);
        before = troubles;
        await sleep(pollMs, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    };
    void watch();
    return () => stopped.abort();
  });
}

/** Returns the label once it is stored and forgotten, or why it was refused for good. */
async function take(
  { label, forget, setAside }: LaidDown,
  store: WatchLabelFolderOptions["store"],
): Promise<LabelInput | GatewayError> {
  const refused = label instanceof GatewayError ? label : await refusalOf(label, store);
  await (refused ? setAside() : forget());
  return refused ?? label;
}

async function refusalOf(
  label: LabelInput,
  store: WatchLabelFolderOptions["store"],
): Promise<GatewayError | undefined> {
  try {
    await store(label);
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError && error.code === "LABEL_INVALID") return error;
    throw error;
  }
}

function troubleOf(folder: string, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  return new GatewayError("FILE_UNREADABLE", `cannot take labels from ${folder}: ${cause}`, {
    cause,
    retryable: true,
    hint: "Check that the gateway may read and change the folder.",
  });
}
