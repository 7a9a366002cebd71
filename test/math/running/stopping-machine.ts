import type { Tag } from "../../../src/core/tag.ts";
import { createRandom } from "../../../src/math/random.ts";
import { createSkid, type Skid } from "../../../src/simulator/index.ts";

/** Rows of a machine, a second apart. */
export interface MachineTrace {
  readonly tags: readonly Tag[];
  /** Shape `[rows, tags]`. */
  readonly values: Float64Array;
}

/** What to do with the skid, and for how many seconds then. */
export type SkidPlan = readonly (readonly [(skid: Skid) => void, seconds: number])[];

export const stop = (skid: Skid): void => skid.stop();
export const start = (skid: Skid): void => skid.start();

/** Lets a pump skid go through a plan. */
export function skidTrace(plan: SkidPlan, seed = 1): MachineTrace {
  const skid = createSkid({ seed });
  const rows: number[][] = [];
  for (const [act, seconds] of plan) {
    act(skid);
    for (let second = 0; second < seconds; second += 1) {
      skid.advance(1_000);
      rows.push(skid.readings.map(({ value }) => value));
    }
  }
  return { tags: skid.tags, values: Float64Array.from(rows.flat()) };
}

/** Values of some tags in one second, with noise at hand. */
export type Physics = (second: number, noise: () => number) => Readonly<Record<string, number>>;

/** Rows of a machine that is given by what it does. */
export function madeTrace(seconds: number, physics: Physics): MachineTrace {
  const random = createRandom(3);
  const rows = Array.from({ length: seconds }, (_, second) => physics(second, random.normal));
  const names = Object.keys(rows[0] as object);
  return {
    tags: names.map((name) => ({ name })),
    values: Float64Array.from(rows.flatMap((row) => Object.values(row))),
  };
}

/** Two traces of the same seconds as one machine. */
export function joinTraces(one: MachineTrace, other: MachineTrace): MachineTrace {
  const rows = one.values.length / one.tags.length;
  const rowOf = ({ values, tags }: MachineTrace, row: number): number[] => [
    ...values.subarray(row * tags.length, (row + 1) * tags.length),
  ];
  return {
    tags: [...one.tags, ...other.tags],
    values: Float64Array.from(
      Array.from({ length: rows }, (_, row) => [...rowOf(one, row), ...rowOf(other, row)]).flat(),
    ),
  };
}
