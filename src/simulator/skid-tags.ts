import type { Tag } from "../core/tag.ts";

/** The signals of the pump skid. */
export type SkidTagName =
  | "motorSpeed"
  | "motorCurrent"
  | "motorTemperature"
  | "suctionPressure"
  | "dischargePressure"
  | "flow"
  | "bearingTemperature"
  | "bearingVibration"
  | "sealPressure"
  | "tankLevel"
  | "valvePosition"
  | "ambientTemperature";

/** The engineering units in use, as people write them. */
export type SkidUnit = "rpm" | "A" | "°C" | "bar" | "m³/h" | "mm/s" | "%";

/** A signal of the pump skid; unit and range are always known. */
export interface SkidTag extends Tag {
  readonly name: SkidTagName;
  readonly unit: SkidUnit;
  readonly range: readonly [low: number, high: number];
}

/** Every signal, in the order of readings and registers. Pressures are gauge pressures. */
export const SKID_TAGS: readonly SkidTag[] = [
  { name: "motorSpeed", unit: "rpm", range: [0, 3600] },
  { name: "motorCurrent", unit: "A", range: [0, 40] },
  { name: "motorTemperature", unit: "°C", range: [-20, 180] },
  { name: "suctionPressure", unit: "bar", range: [-1, 6] },
  { name: "dischargePressure", unit: "bar", range: [-1, 16] },
  { name: "flow", unit: "m³/h", range: [0, 100] },
  { name: "bearingTemperature", unit: "°C", range: [-20, 150] },
  { name: "bearingVibration", unit: "mm/s", range: [0, 30] },
  { name: "sealPressure", unit: "bar", range: [-1, 10] },
  { name: "tankLevel", unit: "%", range: [0, 100] },
  { name: "valvePosition", unit: "%", range: [0, 100] },
  { name: "ambientTemperature", unit: "°C", range: [-20, 60] },
];
