import type { GatewayEvent } from "../core/gateway-event.ts";

/**
 * Writes an event as one line of JSON. JSON has no `NaN`: numbers that are not finite become `null`.
 */
export function encodeEvent(event: GatewayEvent): string {
  return JSON.stringify(event);
}

/**
 * Reads an event that {@link encodeEvent} wrote: a `null` in place of a number is `NaN` again, so an
 * infinite value comes back as `NaN` as well.
 *
 * @throws SyntaxError when the text is not JSON, TypeError when it is something other than an event.
 */
export function decodeEvent(text: string): GatewayEvent {
  const event: unknown = JSON.parse(text, (key, value: unknown) =>
    value === null && NUMBERS_THAT_MAY_BE_NAN.has(key) ? Number.NaN : value,
  );
  if (!isGatewayEvent(event)) {
    throw new TypeError(`expected an event, got ${text.slice(0, 40)}`);
  }
  return event;
}

/** Of a reading and a sensor fault `value`; of a contribution the others. */
const NUMBERS_THAT_MAY_BE_NAN: ReadonlySet<string> = new Set([
  "value",
  "share",
  "actual",
  "expected",
]);

function isGatewayEvent(event: unknown): event is GatewayEvent {
  return (
    typeof event === "object" &&
    event !== null &&
    "kind" in event &&
    (event.kind === "anomaly" || event.kind === "sensor-fault") &&
    "id" in event &&
    typeof event.id === "string" &&
    "revision" in event &&
    Number.isSafeInteger(event.revision)
  );
}
