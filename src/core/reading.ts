/**
 * How far a value can be trusted: `good` as measured, `uncertain` as measured but doubted by the
 * device, `bad` not a value at all.
 */
export type Quality = "good" | "uncertain" | "bad";

/** One sample of one tag, as it left the equipment. */
export interface Reading {
  /** Tag name, unique within a gateway, e.g. `pump1.bearingTemperature`. */
  readonly tag: string;
  /** Sample time in epoch milliseconds (UTC), stamped as near to the equipment as possible. */
  readonly timeMs: number;
  /** Engineering value in the tag's unit; `NaN` when `quality` is `"bad"`. */
  readonly value: number;
  readonly quality: Quality;
  /**
   * The protocol's own word on the quality: an OPC UA status code, or a Modbus exception code.
   * Absent when the protocol gave none.
   */
  readonly statusCode?: number;
  /**
   * Present when a newer reading of the same tag was delivered before: history that was read after a gap, or a device
   * that sends out of order.
   */
  readonly late?: true;
}
