import type { Table } from "../report/table.ts";
import { type Goal, isMet, type Result } from "./case.ts";

/** One JSON object: everything that was measured, and whether it is enough. */
export function resultLine(name: string, { setup, rows, goals }: Result): string {
  return JSON.stringify(
    { case: name, setup, rows, goals: goals.map((goal) => ({ ...goal, met: isMet(goal) })) },
    (_key, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(4)) : value),
  );
}

export function resultTable(title: string, { setup, columns, rows }: Result): Table {
  const facts = Object.entries(setup).map(([what, value]) => `${what} ${shown(value)}`);
  return { title: `${title}: ${facts.join(", ")}`, columns, rows };
}

/** All goals of a run, by the title of their case. */
export function goalTable(goals: ReadonlyMap<string, readonly Goal[]>): Table {
  return {
    title: "Goals",
    columns: [
      { key: "what", title: "", unit: "text" },
      { key: "goal", title: "goal", unit: "text" },
      { key: "value", title: "measured", unit: "figure" },
      { key: "met", title: "", unit: "text" },
    ],
    rows: [...goals].flatMap(([method, ofCase]) =>
      ofCase.map((goal) => ({
        method,
        what: goal.what,
        goal: bound(goal),
        value: goal.value,
        met: isMet(goal) ? "met" : "missed",
      })),
    ),
  };
}

function bound({ atLeast, below }: Goal): string {
  return atLeast === undefined ? `< ${below}` : `>= ${atLeast}`;
}

function shown(value: number | string): string {
  return typeof value === "number" ? value.toLocaleString("en") : value;
}
