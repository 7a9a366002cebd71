import { clockDummy, randomDummy } from "../../src/math/detection/dummies.ts";
import type { Column, Table, Values } from "../report/table.ts";
import type { Case, Judge, JudgedRun, Method } from "./method.ts";

/** How a data set is used, and what is measured on it. */
export interface Protocol {
  readonly title: string;
  readonly columns: readonly Column[];
  /** What to hold the methods against, each under the name of a `method`. */
  readonly references: readonly Values[];
  readonly cases: readonly Case[];
  /** From when on the clock is in alarm. */
  readonly clockFromMs: (test: Case["test"]) => number;
  /** One row of the table, or several; runs in the order of `cases`. */
  readonly measure: (runs: readonly JudgedRun[]) => readonly Values[];
}

const SEED = 1;

/** Has every method and both dummies go through a protocol. */
export async function compare(
  protocol: Protocol,
  methods: readonly Method[],
  judge: Judge,
): Promise<Table> {
  const { title, columns, references, cases, clockFromMs, measure } = protocol;
  const rows: Values[] = [];
  const add = (method: string, runs: readonly JudgedRun[]): void => {
    rows.push(...measure(runs).map((values) => ({ method, ...values })));
  };
  let alarmShare: number | undefined;
  for (const method of methods) {
    const runs: JudgedRun[] = [];
    for (const pair of cases) runs.push(await judge(method, pair));
    add(method.name, runs);
    alarmShare ??= shareInAlarm(runs);
  }
  const dummies = cases.map(({ test }, place) => ({
    lot: { ...randomDummy(test, alarmShare ?? 0, SEED + place), shares: [] },
    clock: { ...clockDummy(test, clockFromMs(test)), shares: [] },
  }));
  add(
    "random score",
    dummies.map(({ lot }) => lot),
  );
  add(
    "clock",
    dummies.map(({ clock }) => clock),
  );
  return { title, columns, rows: [...rows, ...references] };
}

function shareInAlarm(runs: readonly JudgedRun[]): number {
  const rows = runs.reduce((sum, { alarms }) => sum + alarms.length, 0);
  const inAlarm = runs.reduce((sum, { alarms }) => sum + alarms.filter(Boolean).length, 0);
  return inAlarm / rows;
}

/** The middle of a recording, for a clock that knows nothing. */
export function middleMs({ timesMs }: Case["test"]): number {
  return ((timesMs[0] ?? 0) + (timesMs.at(-1) ?? 0)) / 2;
}
