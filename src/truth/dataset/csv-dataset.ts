import type { DraftFile } from "../../draft-file.ts";
import { type DatasetRow, FACTS, lengthOf, TENSORS, tensorOf } from "./dataset-row.ts";

/** Characters that go to the disk together. */
const PIECE_LENGTH = 1_000_000;

/** Writes one line per frame of a window; a tag that a window does not have is empty in it. */
export async function writeCsv(
  draft: DraftFile,
  rows: AsyncIterable<DatasetRow>,
  tags: readonly string[],
): Promise<void> {
  let piece = lineOf(headerOf(tags));
  for await (const row of rows) {
    piece += linesOf(row, tags);
    if (piece.length < PIECE_LENGTH) continue;
    await draft.write(piece);
    piece = "";
  }
  await draft.write(piece);
}

function headerOf(tags: readonly string[]): readonly string[] {
  const cells = TENSORS.flatMap((name) => tags.map((tag) => `${name}:${tag}`));
  return [...FACTS.map(({ name }) => name), "frame", "time_ms", ...cells];
}

function linesOf(row: DatasetRow, tags: readonly string[]): string {
  const { capture } = row;
  const length = lengthOf(capture);
  const facts = FACTS.map(({ of }) => of(row));
  const tensors = TENSORS.map((name) => tensorOf(capture, name));
  const columns = tags.map((tag) => capture.tags.indexOf(tag));
  const lines = Array.from({ length }, (_, frame) => {
    const timeMs = capture.endMs - (length - 1 - frame) * capture.periodMs;
    const cells = tensors.flatMap((values) =>
      columns.map((column) =>
        column < 0 ? undefined : float(values?.[frame * capture.tags.length + column]),
      ),
    );
    return lineOf([...facts, frame, timeMs, ...cells]);
  });
  return lines.join("");
}

/** In the few digits that most values of sensors have, else in as many as any float can be read back from; 0 keeps its sign. */
function float(value: number | undefined): number | undefined {
  if (value === undefined || value === 0) return value;
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === value ? short : Number(value.toPrecision(9));
}

function lineOf(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map((cell) => cellOf(cell)).join(",")}\n`;
}

/** Empty where nothing is known. */
function cellOf(cell: string | number | undefined): string {
  if (cell === undefined || Number.isNaN(cell)) return "";
  if (typeof cell === "number") return Object.is(cell, -0) ? "-0" : String(cell);
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
