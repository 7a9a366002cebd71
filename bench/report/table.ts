/** By column key; a number is written as its column says, a text as it stands. */
export type Values = Readonly<Record<string, number | string>>;

export interface Column {
  readonly key: string;
  readonly title: string;
  /** A `figure` is written with three digits that count, whatever its size. */
  readonly unit: "share" | "score" | "count" | "rate" | "figure" | "text";
}

export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  /** Each with its `method`. */
  readonly rows: readonly Values[];
}

/** As a table in Markdown, its columns padded: it is read on the terminal, too. */
export function renderTable({ title, columns, rows }: Table): string {
  const all = [{ key: "method", title: "", unit: "text" } as const, ...columns];
  const cells = [
    all.map((column) => column.title),
    ...rows.map((row) => all.map(({ key, unit }) => write(row[key], unit))),
  ];
  const widths = all.map((_, place) => Math.max(...cells.map((row) => row[place]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, place) => cell.padEnd(widths[place] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [`### ${title}`, "", line(head), rule, ...body.map(line)].join("\n");
}

/** With three digits that count, and commas between thousands: `12,300`, `1.23`, `0.0123`. */
export function writeFigure(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function write(value: number | string | undefined, unit: Column["unit"]): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (Number.isNaN(value)) return "-";
  switch (unit) {
    case "share":
      return `${(100 * value).toFixed(1)} %`;
    case "score":
      return value.toFixed(3);
    case "rate":
      return value.toFixed(1);
    case "figure":
      return writeFigure(value);
    case "count":
    case "text":
      return String(value);
  }
}
