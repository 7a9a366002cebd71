import type { ColumnSource, SchemaElement } from "hyparquet-writer";
import type { DraftFile } from "../../draft-file.ts";
import { type DatasetRow, FACTS, lengthOf, TENSORS, tensorOf } from "./dataset-row.ts";

/** Cells of the tensors in one row group, which is in memory as a whole: the library takes some hundred bytes for each. */
const GROUP_CELLS = 200_000;

/** Writes one row per window; the tensors are lists of floats. */
export async function writeParquet(
  draft: DraftFile,
  rows: AsyncIterable<DatasetRow>,
): Promise<void> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema: SCHEMA, createdBy: "wheeltapper" });
  const flush = async (): Promise<void> => {
    await draft.write(writer.getBytes());
    writer.index = 0;
  };
  let group: DatasetRow[] = [];
  let cells = 0;
  const writeGroup = async (): Promise<void> => {
    await parquet.write({ columnData: columnsOf(group), rowGroupSize: group.length });
    await flush();
    group = [];
    cells = 0;
  };
  for await (const row of rows) {
    group.push(row);
    cells += TENSORS.length * lengthOf(row.capture) * row.capture.tags.length;
    if (cells >= GROUP_CELLS) await writeGroup();
  }
  if (group.length > 0) await writeGroup();
  await parquet.finish();
  await flush();
}

const SCHEMA: SchemaElement[] = [
  { name: "root", num_children: FACTS.length + 2 + TENSORS.length },
  ...FACTS.map(
    ({ name, type }): SchemaElement =>
      type === "STRING"
        ? { name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" }
        : { name, type, repetition_type: "OPTIONAL" },
  ),
  { name: "length", type: "INT32", repetition_type: "REQUIRED" },
  ...listOf("tags", { type: "BYTE_ARRAY", converted_type: "UTF8" }),
  ...TENSORS.flatMap((name) => listOf(name, { type: "FLOAT" })),
];

function listOf(name: string, element: Omit<SchemaElement, "name">): SchemaElement[] {
  return [
    { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "REQUIRED", ...element },
  ];
}

function columnsOf(rows: readonly DatasetRow[]): ColumnSource[] {
  return [
    ...FACTS.map(({ name, type, of }): ColumnSource => {
      const data = rows.map((row) => of(row));
      // A dictionary would make one of 0 and -0.
      return type === "DOUBLE" ? { name, data, encoding: "PLAIN" } : { name, data };
    }),
    { name: "length", data: rows.map(({ capture }) => lengthOf(capture)) },
    { name: "tags", data: rows.map(({ capture }) => [...capture.tags]) },
    ...TENSORS.map((name): ColumnSource => {
      const data = rows.map(({ capture }) => {
        const values = tensorOf(capture, name);
        return values && Array.from(values);
      });
      return { name, data, encoding: "PLAIN", statistics: false };
    }),
  ];
}
