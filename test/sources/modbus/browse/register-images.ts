import { createRandom, type Random } from "../../../../src/math/random.ts";
import {
  type ByteOrder,
  type ByteOrder32,
  type RegisterType,
  registerCount,
} from "../../../../src/math/registers.ts";

/** A value of a made-up device: what `rankGuesses` should find. */
export interface HiddenValue {
  readonly address: number;
  readonly count: number;
  readonly type: RegisterType | "text";
  readonly byteOrder: ByteOrder;
  /** What it is, for whoever asks what goes wrong. */
  readonly role: string;
}

export interface RegisterImage {
  readonly values: readonly HiddenValue[];
  /** The registers, look by look. */
  readonly looks: readonly (readonly number[])[];
}

export interface ImageOptions {
  readonly seed: number;
  readonly byteOrder: ByteOrder32;
  /** Whether each value draws its own order instead. */
  readonly mixed?: boolean;
  readonly looks?: number;
}

/** Something that a machine shows: its values, look by look. */
type Role = (random: Random, looks: number) => readonly number[];

const uniform = (random: Random, low: number, high: number): number =>
  low + (high - low) * random.uniform();
/** Between two magnitudes, each equally likely. */
const magnitude = (random: Random, low: number, high: number): number =>
  low * (high / low) ** random.uniform();

/** A quantity around a level, with noise and a drift. */
const analog =
  (low: number, high: number, noise: number): Role =>
  (random, looks) => {
    const level = uniform(random, low, high);
    const drift = noise * (high - low) * random.normal();
    return Array.from(
      { length: looks },
      (_, look) => level + drift * look + noise * (high - low) * random.normal(),
    );
  };
const rounded =
  (role: Role, unit: number): Role =>
  (random, looks) =>
    role(random, looks).map((value) => Math.round(value / unit));
const quantized =
  (role: Role, unit: number): Role =>
  (random, looks) =>
    role(random, looks).map((value) => Math.round(value / unit) * unit);
const constant =
  (role: Role): Role =>
  (random, looks) =>
    new Array<number>(looks).fill(role(random, 1)[0] as number);
/** Grows a little, or stands still. */
const counter =
  (low: number, high: number, step: number): Role =>
  (random, looks) => {
    let count = Math.round(magnitude(random, low, high));
    const pace = random.uniform() < 0.3 ? 0 : magnitude(random, 1, step);
    return Array.from(
      { length: looks },
      () => (count += Math.round(pace * uniform(random, 0.5, 1.5))),
    );
  };
const status: Role = (random, looks) => {
  let word = 1 + Math.floor(random.uniform() * 0xfffe);
  return Array.from({ length: looks }, () => {
    if (random.uniform() < 0.3) word ^= 1 << Math.floor(random.uniform() * 16);
    return word;
  });
};

const temperature = analog(15, 95, 0.002);
const pressure = analog(0.2, 16, 0.003);
const flow = analog(1, 200, 0.004);
const speed = analog(300, 3000, 0.001);
const vibration = analog(0.2, 12, 0.01);
const outside = analog(-20, 30, 0.002);
const valve = analog(2, 98, 0.003);
const setPoint = quantized(constant(analog(1, 100, 0)), 0.5);
const tenths = quantized(temperature, 0.1);
const energy: Role = (random, looks) => {
  const level = magnitude(random, 100, 1e6);
  return Array.from({ length: looks }, (_, look) => level + look * level * 1e-6);
};

interface Group {
  readonly share: number;
  readonly type: RegisterType | "text";
  /** Most values side by side. */
  readonly most: number;
  readonly roles: Readonly<Record<string, Role>>;
}

const measured = { temperature, pressure, flow, speed, vibration, outside, valve };

/** What devices have, and how often. */
const groups: readonly Group[] = [
  { share: 30, type: "float32", most: 8, roles: { ...measured, setPoint, tenths, energy } },
  {
    share: 20,
    type: "int16",
    most: 8,
    roles: {
      temperature: rounded(temperature, 0.1),
      pressure: rounded(pressure, 0.01),
      speed: rounded(speed, 1),
      outside: rounded(outside, 0.1),
      valve: rounded(valve, 0.1),
      setPoint: rounded(setPoint, 0.1),
    },
  },
  {
    share: 15,
    type: "uint16",
    most: 4,
    roles: { counter: counter(1, 60_000, 20), status, flow: rounded(flow, 0.1) },
  },
  {
    share: 10,
    type: "uint32",
    most: 4,
    roles: { counter: counter(1e3, 2e9, 500), hours: counter(1e5, 1e8, 1) },
  },
  {
    share: 4,
    type: "int32",
    most: 3,
    roles: {
      position: rounded(analog(-2e6, 2e6, 0.001), 1),
      power: rounded(analog(-5e5, 5e5, 0.01), 1),
    },
  },
  { share: 4, type: "float64", most: 4, roles: { ...measured, energy } },
  { share: 2, type: "uint64", most: 2, roles: { energy: counter(1e6, 1e13, 5000) } },
  { share: 1, type: "int64", most: 1, roles: { energy: rounded(analog(-1e12, 1e12, 1e-6), 1) } },
  { share: 3, type: "bcd16", most: 4, roles: { count: counter(100, 8000, 9) } },
  { share: 2, type: "bcd32", most: 2, roles: { count: counter(1e5, 8e7, 9) } },
  { share: 4, type: "text", most: 1, roles: { text: () => [] } },
];

const REGISTERS = 90;

/** Makes the registers of a device with values of random kinds in a random layout, with gaps between groups. */
export function registerImage(options: ImageOptions): RegisterImage {
  const { seed, byteOrder, mixed = false, looks: count = 3 } = options;
  const random = createRandom(seed);
  const looks: number[][] = Array.from({ length: count }, () => []);
  const values: HiddenValue[] = [];
  const swaps16 =
    byteOrder.startsWith("B") || byteOrder.startsWith("D") ? random.uniform() < 0.5 : false;
  const orderOf = (type: RegisterType): ByteOrder => {
    if (registerCount(type) === 1) return swaps16 ? "BADC" : "ABCD";
    const order = mixed ? (orders[Math.floor(4 * random.uniform())] as ByteOrder32) : byteOrder;
    return registerCount(type) === 2 ? order : longOrders[order];
  };
  const place = (type: RegisterType | "text", [role, play]: readonly [string, Role]): void => {
    const address = looks[0]?.length ?? 0;
    const order = type === "text" ? "ABCD" : orderOf(type);
    const sent =
      type === "text"
        ? new Array<number[]>(count).fill(textBytes(random))
        : play(random, count).map((value) => encode(type, order, value));
    append(looks, sent);
    values.push({
      address,
      count: (looks[0]?.length ?? 0) - address,
      type,
      byteOrder: order,
      role,
    });
  };
  while ((looks[0] as number[]).length < REGISTERS) {
    const gap = random.uniform() < 0.3 ? Math.ceil(4 * random.uniform()) : 0;
    append(looks, new Array<number[]>(count).fill(new Array<number>(2 * gap).fill(0)));
    const { type, most, roles } = pick(groups, random);
    const members = Math.ceil(most * random.uniform());
    const entries = Object.entries(roles);
    for (let member = 0; member < members; member += 1) {
      place(type, entries[Math.floor(entries.length * random.uniform())] as [string, Role]);
    }
  }
  return { values, looks };
}

function append(looks: number[][], bytes: readonly (readonly number[])[]): void {
  for (const [look, sent] of bytes.entries()) {
    for (let at = 0; at < sent.length; at += 2) {
      looks[look]?.push(((sent[at] as number) << 8) | (sent[at + 1] as number));
    }
  }
}

const orders: readonly ByteOrder32[] = ["ABCD", "CDAB", "BADC", "DCBA"];
const longOrders: Readonly<Record<ByteOrder32, ByteOrder>> = {
  ABCD: "ABCDEFGH",
  CDAB: "GHEFCDAB",
  BADC: "BADCFEHG",
  DCBA: "HGFEDCBA",
};

function pick(choices: readonly Group[], random: Random): Group {
  const total = choices.reduce((sum, { share }) => sum + share, 0);
  let rest = random.uniform() * total;
  for (const choice of choices) {
    rest -= choice.share;
    if (rest < 0) return choice;
  }
  return choices[0] as Group;
}

const texts = [
  "PUMP-07",
  "SN 4711-0815",
  "V2.13.4",
  "Kreiselpumpe NB 50",
  "ACME DRIVE 300",
  "FW1.0",
  "Line 3 / Mixer",
];

function textBytes(random: Random): number[] {
  const text = texts[Math.floor(texts.length * random.uniform())] as string;
  const room = 2 * Math.ceil(text.length / 2) + 2 * Math.floor(4 * random.uniform());
  const padded = text.padEnd(room, random.uniform() < 0.5 ? "\0" : " ");
  return [...padded].map((letter) => letter.charCodeAt(0));
}

/** The bytes as they come over the wire. */
export function encode(type: RegisterType, byteOrder: ByteOrder, value: number): number[] {
  const size = 2 * registerCount(type);
  const view = new DataView(new ArrayBuffer(8));
  if (type === "float32") view.setFloat32(4, value);
  else if (type === "float64") view.setFloat64(0, value);
  else if (type.startsWith("bcd")) view.setBigUint64(0, BigInt(`0x${Math.round(value)}`));
  else view.setBigInt64(0, BigInt(Math.round(value)));
  const significant = [...new Uint8Array(view.buffer)].slice(8 - size);
  return Array.from(
    { length: size },
    (_, place) => significant[byteOrder.charCodeAt(place) - 65] as number,
  );
}
