import type { RegisterRun } from "../../sources/modbus/browse/rank-guesses.ts";
import { showRanges } from "./show-ranges.ts";

/** One bit, look by look. */
export interface BitLooks {
  readonly address: number;
  readonly looks: readonly number[];
  /** A bit that is always 0 says nothing. */
  readonly saysSomething: boolean;
}

export function bitsOf({ address, looks }: RegisterRun): readonly BitLooks[] {
  return Array.from({ length: looks[0]?.length ?? 0 }, (_, index) => {
    const seen = looks.map((bits) => bits[index] as number);
    return { address: address + index, looks: seen, saysSomething: seen.includes(1) };
  });
}

export function bitLines(runs: readonly RegisterRun[]): readonly string[] {
  const bits = runs.flatMap(bitsOf);
  const changing = bits.filter(({ looks }) => new Set(looks).size > 1);
  const on = bits.filter(({ looks }) => looks.every((bit) => bit === 1));
  const others = bits.length - on.length - changing.length;
  const list = (some: readonly BitLooks[]): string =>
    showRanges(some.map(({ address }) => [address, address]));
  return [
    ...(on.length > 0 ? [`  always 1: ${list(on)}`] : []),
    ...(changing.length > 0 ? [`  changing: ${list(changing)}`] : []),
    ...(others > 0 ? [`  always 0: ${others === bits.length ? "all" : "the others"}`] : []),
  ];
}
