import type { CaptureReason } from "../../core/window-capture.ts";
import { type DraftFile, openDraft } from "../../draft-file.ts";
import { GatewayError } from "../../errors.ts";
import { requireKnown } from "../../math/range-checks.ts";
import { writeCsv } from "./csv-dataset.ts";
import type { DatasetRow } from "./dataset-row.ts";
import { type KeptMessages, keptOf } from "./kept-messages.ts";
import { writeParquet } from "./parquet-dataset.ts";
import { readLabels, type TrueVerdict } from "./said-of-windows.ts";

export interface ExportDatasetOptions {
  /** The file to write, `*.parquet` or `*.csv`; one that is there is replaced when the new one is complete. */
  readonly out: string;
  /**
   * Only windows of this machine.
   * @defaultValue all machines
   */
  readonly machine?: string;
  /**
   * Only windows of which people have said something that holds.
   * @defaultValue `false`
   */
  readonly labelled?: boolean;
}

/** What the file holds. */
export interface DatasetSummary {
  readonly windows: number;
  /** By what people say of them; `unlabelled` where nobody spoke, or somebody took it back. */
  readonly byVerdict: Readonly<Record<TrueVerdict | "unlabelled", number>>;
  /** By why they were kept. */
  readonly byReason: Readonly<Record<CaptureReason, number>>;
}

/**
 * Writes the windows that an outbox has kept, with what people have said of them, for training elsewhere.
 *
 * Parquet has one row per window, with the tensors as lists of floats of shape `[length, tags]`, row-major, to the last bit. CSV has one line per frame of a window,
 * with a column per tag for each tensor, in as many digits as a float needs.
 *
 * What is said of an event holds for its windows; of all that was said of a window and its event the newest counts, and `unsure` takes it back.
 * However many windows there are, it needs some 200 MB of memory, and a few hundred bytes for each label.
 *
 * @throws GatewayError `CONFIG_INVALID` for another kind of file, `FILE_UNWRITABLE`, and what the outbox throws
 */
export async function exportDataset(
  outbox: KeptMessages,
  options: ExportDatasetOptions,
): Promise<DatasetSummary> {
  requireKnown("exportDataset", options, ["out", "machine", "labelled"]);
  const { out } = options;
  const [, format] = /\.(parquet|csv)$/i.exec(out) ?? [];
  if (format === undefined) {
    throw new GatewayError("CONFIG_INVALID", `out: expected *.parquet or *.csv, got ${out}`);
  }
  const tally = createTally();
  const draft = await openDraft(out);
  try {
    const saidOf = await readLabels(outbox);
    const rows = async function* (): AsyncGenerator<DatasetRow, void> {
      for await (const capture of keptOf(outbox, "capture")) {
        const row = { capture, ...saidOf(capture) };
        if (isWanted(row, options)) yield row;
      }
    };
    if (format.toLowerCase() === "parquet") await writeParquet(draft, tally.count(rows()));
    else await writeCsvOfAll(draft, tally, rows);
    await draft.finish();
    return tally.summary;
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

function isWanted(
  { capture, label }: DatasetRow,
  { machine = capture.machine, labelled = false }: ExportDatasetOptions,
): boolean {
  return capture.machine === machine && (label !== undefined || !labelled);
}

/** A file with columns for the tags of all windows, in the order in which they come. */
async function writeCsvOfAll(
  draft: DraftFile,
  tally: Tally,
  rows: () => AsyncIterable<DatasetRow>,
): Promise<void> {
  const tags = new Set<string>();
  for await (const { capture } of rows()) for (const tag of capture.tags) tags.add(tag);
  await writeCsv(draft, tally.count(rows(), tags), [...tags]);
}

interface Tally {
  readonly summary: DatasetSummary;
  /** Passes rows on and counts them; with `tags`, not those of a model with others, which came while the file was written. */
  count(
    rows: AsyncIterable<DatasetRow>,
    tags?: ReadonlySet<string>,
  ): AsyncGenerator<DatasetRow, void>;
}

function createTally(): Tally {
  const summary = {
    windows: 0,
    byVerdict: { fault: 0, "false-alarm": 0, maintenance: 0, unlabelled: 0 },
    byReason: { event: 0, "near-threshold": 0, novel: 0, random: 0 },
  };
  return {
    summary,
    async *count(rows, tags) {
      for await (const row of rows) {
        if (tags && !row.capture.tags.every((tag) => tags.has(tag))) continue;
        summary.windows += 1;
        summary.byVerdict[row.label?.verdict ?? "unlabelled"] += 1;
        summary.byReason[row.capture.reason] += 1;
        yield row;
      }
    },
  };
}
