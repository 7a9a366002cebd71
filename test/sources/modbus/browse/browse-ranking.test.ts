import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { registerDecoder } from "../../../../src/math/register-decoder.ts";
import type { ByteOrder, ByteOrder32, RegisterType } from "../../../../src/math/registers.ts";
import {
  type GuessRanking,
  type RegisterGuess,
  type RegisterRun,
  type RunRanking,
  rankGuesses,
} from "../../../../src/sources/modbus/browse/rank-guesses.ts";
import { encode, type HiddenValue, type RegisterImage, registerImage } from "./register-images.ts";

const orders: readonly ByteOrder32[] = ["ABCD", "CDAB", "BADC", "DCBA"];

/** Whether a guess reads the same numbers as what is really there: an int16 that is never negative is a uint16, too. */
function isRight(
  guess: Pick<RegisterGuess, "type" | "byteOrder" | "count" | "address">,
  hidden: HiddenValue,
  looks: RegisterRun["looks"],
): boolean {
  if (guess.address !== hidden.address) return false;
  if (guess.type === "text" || hidden.type === "text") return guess.type === hidden.type;
  if (guess.type === "empty" || guess.count !== hidden.count) return false;
  const guessed = registerDecoder(guess.type, guess.byteOrder);
  const truth = registerDecoder(hidden.type, hidden.byteOrder);
  return looks.every((words) =>
    Object.is(guessed(words, guess.address), truth(words, guess.address)),
  );
}

function ranked(image: RegisterImage): RunRanking {
  return rankGuesses([{ address: 0, looks: image.looks }]).runs[0] as RunRanking;
}

interface Score {
  values: number;
  first: number;
  firstThree: number;
  sure: number;
  sureAndRight: number;
}

function score(images: readonly RegisterImage[]): Score {
  const total: Score = { values: 0, first: 0, firstThree: 0, sure: 0, sureAndRight: 0 };
  for (const image of images) {
    const ranking = ranked(image);
    for (const hidden of image.values) countRank(total, rankOf(hidden, ranking, image));
    for (const guess of ranking.best) countSure(total, guess, image);
  }
  return total;
}

function rankOf(hidden: HiddenValue, ranking: RunRanking, { looks }: RegisterImage): number {
  const rank = ranking.at(hidden.address).findIndex((guess) => isRight(guess, hidden, looks));
  return rank < 0 ? Number.POSITIVE_INFINITY : rank;
}

function countRank(total: Score, rank: number): void {
  total.values += 1;
  if (rank === 0) total.first += 1;
  if (rank < 3) total.firstThree += 1;
}

function countSure(total: Score, guess: RegisterGuess, { values, looks }: RegisterImage): void {
  if (guess.probability < 0.9 || guess.type === "empty") return;
  total.sure += 1;
  if (values.some((hidden) => isRight(guess, hidden, looks))) total.sureAndRight += 1;
}

const images = (byteOrder: ByteOrder32, count: number, mixed = false, looks = 3): RegisterImage[] =>
  Array.from({ length: count }, (_, seed) => registerImage({ seed, byteOrder, mixed, looks }));
const percent = (part: number, whole: number): number => (100 * part) / whole;

describe("ranking of what registers may be", () => {
  it("has the right type and byte order first, or among the first three, in devices that keep one order", () => {
    const { values, first, firstThree } = score(orders.flatMap((order) => images(order, 12)));
    expect(values).toBeGreaterThan(2000);
    expect(percent(first, values)).toBeGreaterThan(94);
    expect(percent(firstThree, values)).toBeGreaterThan(97.5);
  }, 120_000);

  it("still finds most where every value has an order of its own", () => {
    const { values, first, firstThree } = score(images("ABCD", 30, true));
    expect(percent(first, values)).toBeGreaterThan(86);
    expect(percent(firstThree, values)).toBeGreaterThan(94);
  }, 120_000);

  it("favours no byte order", () => {
    const shares = orders.map((order) => {
      const { values, first } = score(images(order, 12));
      return percent(first, values);
    });
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThan(3);
  }, 120_000);

  it("is right where it says that it is sure", () => {
    const { sure, sureAndRight } = score(orders.flatMap((order) => images(order, 8)));
    expect(sure).toBeGreaterThan(500);
    expect(percent(sureAndRight, sure)).toBeGreaterThan(96);
  }, 120_000);

  it("learns from how values move what one look does not tell", () => {
    const once = score(images("DCBA", 20, true, 1));
    const thrice = score(images("DCBA", 20, true, 3));
    expect(percent(thrice.first, thrice.values)).toBeGreaterThan(
      percent(once.first, once.values) + 8,
    );
  }, 120_000);

  it("cuts any registers at all into guesses that do not overlap", () => {
    const words = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }).chain((length) =>
          fc.array(fc.array(words, { minLength: length, maxLength: length }), {
            minLength: 1,
            maxLength: 4,
          }),
        ),
        (looks) => {
          const { runs, byteOrders } = rankGuesses([{ address: 100, looks }]);
          const { best, at } = runs[0] as RunRanking;
          let next = 100;
          for (const { address, count, probability } of best) {
            expect(address).toBe(next);
            expect(probability).toBeGreaterThan(0);
            next += count;
          }
          expect(next).toBe(100 + (looks[0]?.length ?? 0));
          const sum = Object.values(byteOrders).reduce((total, share) => total + share, 0);
          expect(sum).toBeCloseTo(1, 9);
          const first = at(100).reduce((total, guess) => total + guess.probability, 0);
          expect(first).toBeCloseTo(1, 6);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Registers with these values one after the other, look by look. */
function registers(
  ...parts: readonly (readonly [RegisterType, ByteOrder, readonly number[]])[]
): RegisterRun {
  const looks = (parts[0]?.[2] ?? []).map((_, look) =>
    parts.flatMap(([type, order, values]) => {
      const bytes = encode(type, order, values[look] as number);
      return Array.from(
        { length: bytes.length / 2 },
        (_, at) => (bytes[2 * at] as number) * 256 + (bytes[2 * at + 1] as number),
      );
    }),
  );
  return { address: 0, looks };
}

const best = (run: RegisterRun): string[] =>
  (rankGuesses([run]).runs[0] as RunRanking).best.map(
    ({ address, type, byteOrder }) => `${address} ${type} ${byteOrder}`,
  );

/** How many times as probable uint32 CDAB at address 0 is as uint32 ABCD. */
function lead({ runs }: GuessRanking): number {
  const [low = 0, high = 0] = ["CDAB", "ABCD"].map(
    (order) =>
      runs[0]?.at(0).find(({ type, byteOrder }) => type === "uint32" && byteOrder === order)
        ?.probability,
  );
  return low / high;
}

describe("what a register image says", () => {
  it.each(orders)(
    "a temperature that moves a little is a float in %s, not two integers",
    (order) => {
      expect(best(registers(["float32", order, [58.31, 58.37, 58.22]]))).toEqual([
        `0 float32 ${order}`,
      ]);
    },
  );

  it("a counter that goes over from one register into the next is one number", () => {
    expect(best(registers(["uint32", "CDAB", [150_000, 190_000, 230_000]]))).toEqual([
      "0 uint32 CDAB",
    ]);
  });

  it("an integer below zero is signed", () => {
    expect(best(registers(["int16", "ABCD", [-12, -11, -12]]))).toEqual(["0 int16 ABCD"]);
  });

  it("a constant 0 or FFFF says nothing", () => {
    const run = { address: 0, looks: [1, 2, 3].map(() => [0, 0, 0xffff, 0xffff]) };
    expect(best(run)).toEqual([0, 1, 2, 3].map((address) => `${address} empty ABCD`));
  });

  it("a float that is NaN is a float without a sensor", () => {
    const nan = registers(
      ["float32", "ABCD", [21.4, 21.5, 21.4]],
      ["float32", "ABCD", [Number.NaN, Number.NaN, Number.NaN]],
    );
    expect(best(nan)).toEqual(["0 float32 ABCD", "2 float32 ABCD"]);
  });

  it("one value whose order is clear tells the order of one where it is not", () => {
    const unclear = ["uint32", "CDAB", [0x12345678, 0x12345678, 0x12345678]] as const;
    const clear = ["float32", "CDAB", [13.37, 13.21, 13.44]] as const;
    const alone = rankGuesses([registers(unclear)]);
    const among = rankGuesses([registers(unclear, clear, clear, clear)]);
    expect(among.byteOrders.CDAB).toBeGreaterThan(0.95);
    expect(lead(alone)).toBeLessThan(10);
    expect(lead(among)).toBeGreaterThan(10 * lead(alone));
  });
});
