import type { Tag } from "../../../core/tag.ts";
import { GatewayError } from "../../../errors.ts";
import { requireKnown } from "../../../math/range-checks.ts";
import { requireTags } from "../../../math/require-tags.ts";
import {
  extentFlaw,
  type ModbusPlace,
  placeFlaw,
  placeOf,
  type ResolvedPlace,
} from "./modbus-place.ts";
import { type ModbusType, modbusTypeCount } from "./modbus-type.ts";
import { defaultByteOrder, type ModbusValue, type ResolvedValue } from "./modbus-value.ts";
import { valueFlaw } from "./value-flaw.ts";

/** A tag, where it lies in which device, and how its value is made from what lies there. */
export interface ModbusTag extends Omit<Tag, "periodMs">, ModbusPlace, ModbusValue {
  /**
   * Time between the beginnings of two polls of this tag.
   * @defaultValue the source's
   */
  readonly pollMs?: number;
}

/** A tag as a poll needs it: in the terms of the wire, with nothing left open. */
export interface ResolvedModbusTag extends Tag, ResolvedPlace, ResolvedValue {
  readonly pollMs: number;
}

/** Addresses that the tag takes in its table. */
export function addressCount({ type }: { readonly type: ModbusType }): number {
  return modbusTypeCount(type);
}

/** Fills in what a tag leaves open. The tag has passed {@link requireModbusTags}. */
export function resolveTag(
  tag: ModbusTag,
  defaults: { readonly unitId: number; readonly pollMs: number },
): ResolvedModbusTag {
  const { unitId = defaults.unitId, pollMs = defaults.pollMs, plcAddress, ...rest } = tag;
  const { byteOrder = defaultByteOrder(tag.type), scale = 1, offset = 0 } = tag;
  const count = addressCount(tag);
  return { ...rest, unitId, ...placeOf(tag), count, pollMs, byteOrder, scale, offset };
}

const KEYS: readonly (keyof ModbusTag)[] = [
  "name",
  "unit",
  "range",
  "reporting",
  "unitId",
  "table",
  "address",
  "plcAddress",
  "pollMs",
  "type",
  "byteOrder",
  "bit",
  "half",
  "scale",
  "offset",
  "badValues",
  "states",
];

/** @throws {@link GatewayError} `CONFIG_INVALID` for the first tag that no device can serve. */
export function requireModbusTags(owner: string, tags: readonly ModbusTag[]): void {
  requireTags(owner, tags);
  for (const tag of tags) {
    const subject = `${owner}: tag "${tag.name}"`;
    requireKnown(subject, tag, KEYS);
    const flaw = tagFlaw(tag);
    if (flaw) throw new GatewayError("CONFIG_INVALID", `${subject}: ${flaw}`);
  }
}

function tagFlaw(tag: ModbusTag): string | undefined {
  const { pollMs } = tag;
  if (pollMs !== undefined && !(Number.isFinite(pollMs) && pollMs > 0)) {
    return `pollMs must be a number above zero, got ${pollMs}`;
  }
  return placeFlaw(tag) ?? valueFlaw(tag, placeOf(tag).table) ?? extentFlaw(tag, addressCount(tag));
}
