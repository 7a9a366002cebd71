import type { Skid } from "./create-skid.ts";
import { SKID_TAGS, type SkidTagName } from "./skid-tags.ts";

/** Where a value of the skid lies in the Modbus server; an option of a Modbus source as it stands. */
export interface ModbusMapEntry {
  readonly name: string;
  readonly unit?: string;
  readonly range?: readonly [low: number, high: number];
  readonly table: "holding" | "input" | "coil" | "discrete";
  /** Protocol address, from 0 on. */
  readonly address: number;
  readonly type: "float32" | "int16" | "uint16" | "int32" | "uint32" | "bool";
  /** @defaultValue "ABCD" */
  readonly byteOrder?: "ABCD" | "CDAB" | "BADC" | "DCBA";
  /** The value is `raw * scale + offset`. */
  readonly scale?: number;
  readonly offset?: number;
}

/** The registers and bits of one moment, as a controller holds them between two of its scans. */
export interface ModbusImage {
  readonly holding: Uint16Array;
  readonly input: Uint16Array;
  readonly coil: readonly boolean[];
  readonly discrete: readonly boolean[];
}

/** Every tag as float32 in holding registers from 0 on, high word first. */
export const MODBUS_TAGS: readonly ModbusMapEntry[] = SKID_TAGS.map((tag, index) => ({
  ...tag,
  table: "holding",
  address: 2 * index,
  type: "float32",
  byteOrder: "ABCD",
}));

/** The tags that are also served as small integers, and the resolution of each. */
const SCALED: readonly (readonly [tag: SkidTagName, scale: number])[] = [
  ["motorSpeed", 1],
  ["motorCurrent", 0.01],
  ["suctionPressure", 0.001],
  ["dischargePressure", 0.001],
  ["bearingTemperature", 0.1],
  ["bearingVibration", 0.01],
];
const REVOLUTIONS_ADDRESS = SCALED.length;

/** What an int16 register holds while its sensor has dropped out: there is no NaN in an integer. */
export const INT16_DROPOUT = -32_768;

const SCALED_TAGS: readonly ModbusMapEntry[] = SCALED.map(([name, scale], address) => ({
  ...SKID_TAGS.find((tag) => tag.name === name),
  name: `${name}Scaled`,
  table: "input",
  address,
  type: "int16",
  scale,
}));

/** Scaled integers, the revolution counter, and the bits: names of their own beside the tags. */
export const MODBUS_EXTRA_TAGS: readonly ModbusMapEntry[] = [
  ...SCALED_TAGS,
  {
    name: "revolutions",
    table: "input",
    address: REVOLUTIONS_ADDRESS,
    type: "uint32",
    byteOrder: "ABCD",
  },
  { name: "running", table: "coil", address: 0, type: "bool" },
  { name: "alarm", table: "discrete", address: 0, type: "bool" },
];

function toInt16(value: number, scale: number): number {
  if (Number.isNaN(value)) return INT16_DROPOUT;
  return Math.min(32_767, Math.max(INT16_DROPOUT + 1, Math.round(value / scale)));
}

/** Takes the image of the skid as it is now. */
export function takeModbusImage(skid: Skid): ModbusImage {
  const { readings } = skid;
  const holding = new DataView(new ArrayBuffer(4 * MODBUS_TAGS.length));
  for (const [index, { value }] of readings.entries()) holding.setFloat32(4 * index, value);

  const input = new DataView(new ArrayBuffer(2 * (SCALED.length + 2)));
  for (const [index, [name, scale]] of SCALED.entries()) {
    const value = readings.find(({ tag }) => tag === name)?.value ?? Number.NaN;
    input.setInt16(2 * index, toInt16(value, scale));
  }
  input.setUint32(2 * REVOLUTIONS_ADDRESS, Math.floor(skid.revolutions) >>> 0);

  return {
    holding: words(holding),
    input: words(input),
    coil: [skid.isOn],
    discrete: [skid.alarm],
  };
}

function words(view: DataView): Uint16Array {
  return Uint16Array.from({ length: view.byteLength / 2 }, (_, index) => view.getUint16(2 * index));
}
