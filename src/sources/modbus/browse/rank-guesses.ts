import { registerDecoder } from "../../../math/register-decoder.ts";
import type { ByteOrder, ByteOrder32, RegisterType } from "../../../math/registers.ts";
import { decodeText } from "../tags/modbus-text.ts";
import {
  type Cell,
  type CellTable,
  type ChainResult,
  cellsOf,
  type RegisterRun,
  weighCells,
} from "./rank-chain.ts";
import { deviceHabits } from "./rank-kinds.ts";

export type { RegisterRun } from "./rank-chain.ts";

/** What some registers may be. */
export interface RegisterGuess {
  readonly address: number;
  /** Registers that it takes. */
  readonly count: number;
  /** `empty` is a register that says nothing: always 0, FFFF, 7FFF or 8000. */
  readonly type: RegisterType | "text" | "empty";
  readonly byteOrder: ByteOrder;
  /** 0 to 1: that these registers are this and nothing else. */
  readonly probability: number;
  /** Other readings that give the same numbers, as int16 does for a uint16 that is small. Their probability is in `probability`. */
  readonly same: readonly Pick<RegisterGuess, "type" | "byteOrder">[];
  /** What was read, look by look; one text, and nothing for `empty`. */
  readonly values: readonly (number | string)[];
}

/** What a device may have in its registers. */
export interface GuessRanking {
  /** How probable each order is for most of the device's values, 0 to 1. */
  readonly byteOrders: Readonly<Record<ByteOrder32, number>>;
  /** In the order of the runs that were given. */
  readonly runs: readonly RunRanking[];
}

export interface RunRanking {
  /** The reading of all registers, without overlaps, that gets the most registers right. In the order of addresses. */
  readonly best: readonly RegisterGuess[];
  /** Everything that may begin at an address of the run, most probable first. */
  at(address: number): readonly RegisterGuess[];
}

/**
 * Ranks what the registers of one device may be by how likely machines are to show what was read.
 *
 * A guess is probable when a device of that layout would probably give these registers: physical magnitudes, values that change
 * little from look to look, one byte order for most values, values of one kind side by side. All byte orders are equally likely
 * before anything was read. See docs/browse.md for the model and how often it is right.
 *
 * @param runs registers in a row, each read in several looks; several looks tell far more than one
 */
export function rankGuesses(runs: readonly RegisterRun[]): GuessRanking {
  const cells = runs.map(cellsOf);
  const results = deviceHabits.map((habit) => cells.map((run) => weighCells(run, habit)));
  const habitWeights = weigh(
    results.map(
      (chain, at) =>
        sum(chain.map(({ logEvidence }) => logEvidence)) +
        Math.log2(deviceHabits[at]?.chance as number),
    ),
  );
  const byteOrders = { ABCD: 0, CDAB: 0, BADC: 0, DCBA: 0 };
  for (const [at, { byteOrder }] of deviceHabits.entries()) {
    byteOrders[byteOrder] += habitWeights[at] as number;
  }
  const rankings = runs.map((run, at) => {
    const chains = results.map((chain) => chain[at] as ChainResult);
    return rankRun(run, cells[at] as CellTable, chains, habitWeights);
  });
  return { byteOrders, runs: rankings };
}

function rankRun(
  run: RegisterRun,
  cells: CellTable,
  chains: readonly ChainResult[],
  habitWeights: readonly number[],
): RunRanking {
  const probabilities = cells.map((options, index) =>
    options.map((_, option) =>
      sum(
        chains.map(
          (chain, habit) =>
            (habitWeights[habit] as number) * (chain.probabilities[index]?.[option] as number),
        ),
      ),
    ),
  );
  // Made when asked for: there are some sixty for each register.
  const guessesAt = (index: number): readonly RegisterGuess[] =>
    merged(
      (cells[index] ?? []).map((cell, option) =>
        toGuess(run, cell, probabilities[index]?.[option] as number),
      ),
    );
  return {
    best: bestReading(cells.length, guessesAt),
    at: (address) => guessesAt(address - run.address),
  };
}

/** One guess for all that read the same numbers; the most probable first. */
function merged(guesses: readonly RegisterGuess[]): readonly RegisterGuess[] {
  const byValues = new Map<string, RegisterGuess[]>();
  for (const guess of guesses.toSorted((a, b) => b.probability - a.probability)) {
    const key = `${guess.type === "text" ? guess.byteOrder : ""} ${guess.count} ${guess.values.join()}`;
    const alike = byValues.get(key);
    if (alike) alike.push(guess);
    else byValues.set(key, [guess]);
  }
  return [...byValues.values()]
    .map(([first, ...rest]) => {
      const { probability, ...guess } = first as RegisterGuess;
      const total = sum([probability, ...rest.map((other) => other.probability)]);
      return {
        ...guess,
        probability: Math.min(1, total),
        same: rest.map(({ type, byteOrder }) => ({ type, byteOrder })),
      };
    })
    .toSorted((a, b) => b.probability - a.probability);
}

function toGuess(
  { address, looks }: RegisterRun,
  { index, count, kind }: Cell,
  probability: number,
): RegisterGuess {
  const { type, byteOrder } = kind;
  return {
    address: address + index,
    count,
    type,
    byteOrder,
    probability,
    same: [],
    values: valuesOf(looks, { index, count, kind }),
  };
}

function valuesOf(
  looks: RegisterRun["looks"],
  { index, count, kind }: Pick<Cell, "index" | "count" | "kind">,
): readonly (number | string)[] {
  const { type, byteOrder } = kind;
  if (type === "empty") return [];
  if (type === "text") {
    const order = byteOrder === "ABCD" ? "AB" : "BA";
    return [decodeText(looks[0] as ArrayLike<number>, index, { count, byteOrder: order })];
  }
  const decode = registerDecoder(type, byteOrder);
  return looks.map((words) => decode(words, index));
}

/** The cut into guesses with the highest expected number of registers that are read right. */
function bestReading(
  length: number,
  guessesAt: (index: number) => readonly RegisterGuess[],
): readonly RegisterGuess[] {
  const gain = new Float64Array(length + 1);
  const choice = new Array<RegisterGuess | undefined>(length);
  for (let index = length - 1; index >= 0; index -= 1) {
    gain[index] = -1;
    for (const guess of guessesAt(index)) {
      const total = guess.count * guess.probability + (gain[index + guess.count] as number);
      if (total <= (gain[index] as number)) continue;
      gain[index] = total;
      choice[index] = guess;
    }
  }
  const best: RegisterGuess[] = [];
  for (let index = 0; index < length; ) {
    const guess = choice[index] as RegisterGuess;
    best.push(guess);
    index += guess.count;
  }
  return best;
}

/** Probabilities that add up to one, from binary logarithms of weights. */
function weigh(logs: readonly number[]): readonly number[] {
  const highest = Math.max(...logs);
  const weights = logs.map((log) => 2 ** (log - highest));
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
