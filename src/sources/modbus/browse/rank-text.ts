import { bitsOf } from "./rank-series.ts";

/** Fewest and most registers of a text. A single register is too little to tell a text by. */
export const TEXT_REGISTERS = [2, 32] as const;

/** Every character has the probability of its group, shared by the group. */
const groups: readonly (readonly [characters: RegExp, probability: number, size: number])[] = [
  [/[A-Z0-9]/, 0.6, 36],
  [/[a-z]/, 0.25, 26],
  [/[ ._/:-]/, 0.12, 6],
  [/[\x21-\x7e]/, 0.03, 27],
];
/** Fewest characters, whatever the padding. */
const MIN_CHARACTERS = 3;
const CONSTANT = 0.5;
const MEAN_REGISTERS = 6;

const bitsOfCode: readonly number[] = Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code);
  const [, probability = 0, size = 1] =
    groups.find(([characters]) => characters.test(character)) ?? [];
  return bitsOf(probability / size);
});

/** The bits of a text that fills the registers, the rest of them with NUL or spaces; infinite when they hold no text, or one that changes. */
export function textBits(
  looks: readonly ArrayLike<number>[],
  index: number,
  count: number,
  swapped: boolean,
): number {
  const codes = codesOf(looks[0] as ArrayLike<number>, index, count, swapped);
  const length = lengthOf(codes);
  if (length < MIN_CHARACTERS || !isConstant(looks, index, count)) return Number.POSITIVE_INFINITY;
  const [least] = TEXT_REGISTERS;
  const registers = bitsOf((1 / MEAN_REGISTERS) * (1 - 1 / MEAN_REGISTERS) ** (count - least));
  const characters = codes
    .slice(0, length)
    .reduce((sum, code) => sum + (bitsOfCode[code] as number), 0);
  return bitsOf(CONSTANT) + registers + Math.log2(2 * count) + characters;
}

/** Characters before the padding; 0 when the padding is not of one kind. */
function lengthOf(codes: readonly number[]): number {
  const padding = codes.at(-1);
  if (padding !== 0 && padding !== 0x20) return codes.length;
  let length = codes.length;
  while (codes[length - 1] === padding) length -= 1;
  return length;
}

function codesOf(
  words: ArrayLike<number>,
  index: number,
  count: number,
  swapped: boolean,
): readonly number[] {
  return Array.from({ length: 2 * count }, (_, place) => {
    const word = words[index + (place >> 1)] as number;
    return (place % 2 === 0) === swapped ? word & 0xff : word >> 8;
  });
}

/** Whether registers hold the same in every look. */
export function isConstant(
  looks: readonly ArrayLike<number>[],
  index: number,
  count: number,
): boolean {
  const first = looks[0] as ArrayLike<number>;
  return looks.every((words) => {
    for (let at = index; at < index + count; at += 1) if (words[at] !== first[at]) return false;
    return true;
  });
}
